import type { Change, ContainerDecision } from '../model/decision.ts';
import { parseImageReference } from '../model/image-reference.ts';
import type { RepositoryObservation } from '../model/observation.ts';
import type { Approval, TrackedImageStatus } from '../model/tracked-image.ts';
import { choose } from './choose.ts';
import type { ChoiceInput } from './question.ts';

/**
 * What `spec.approve` approves. It is understood once, against the status that stood there when it was written, and
 * remembered in the status from then on: a tag alone means the digest that `status.candidate` showed, and never
 * another one. Statuses are only written by who has seen the present spec, so what stands there is what the person saw.
 */
export function bindApproval(
  asked: string | undefined,
  status: Pick<TrackedImageStatus, 'approval' | 'candidate'> | undefined,
): Approval | undefined {
  if (asked === undefined) return undefined;
  if (status?.approval?.asked === asked) return status.approval;
  if (asked.includes('@')) return { asked, image: asked };
  const shown = status?.candidate;
  return { asked, image: shown?.startsWith(`${asked}@`) ? shown : undefined };
}

/** A change as it is approved: `tag@digest`. */
export function approvable({ to, digest }: Pick<Change, 'to' | 'digest'>): string {
  const reference = parseImageReference(to);
  return `${(reference.ok ? reference.value.tag : undefined) ?? 'latest'}@${digest}`;
}

/**
 * As {@link choose}; under `mode: approve` what was approved comes before what is newer, as long as the policy still
 * admits it and its tag still means the approved digest.
 */
export function chooseApproved(input: ChoiceInput, approval: Approval | undefined): ContainerDecision {
  const best = choose(input);
  const image = input.policy.mode === 'approve' ? approval?.image : undefined;
  if (image === undefined || best.reason === 'Observing') return best;
  if (best.change && approvable(best.change) === image) return best;
  const among = onlyTag(input, tagIn(image));
  if (among === undefined) return best;
  const approved = choose({ ...input, observation: among });
  const needs = [...best.needs, ...approved.needs];
  const isIt = approved.change !== undefined && approvable(approved.change) === image;
  if (!isIt && approved.reason !== 'Observing') return { ...best, needs };
  const { latest, pending, maturesAt } = best;
  const newer = best.candidate === undefined ? '' : `; ${best.candidate} needs an approval of its own`;
  return {
    ...approved,
    message: `${approved.message}, and approved${newer}`,
    latest,
    pending,
    maturesAt,
    needs,
  };
}

/** An observation in which a tag and the present one are all that is listed; undefined where it is neither. */
function onlyTag({ container, observation }: ChoiceInput, tag: string): RepositoryObservation | undefined {
  const reference = parseImageReference(container.image);
  const current = (reference.ok ? reference.value.tag : undefined) ?? 'latest';
  const { tags } = observation;
  if (tag !== current && !tags?.tags.includes(tag)) return undefined;
  if (tags === undefined) return observation;
  return {
    ...observation,
    tags: { ...tags, tags: tags.tags.filter((one) => one === tag || one === current) },
  };
}

function tagIn(image: string): string {
  return image.slice(0, image.indexOf('@'));
}
