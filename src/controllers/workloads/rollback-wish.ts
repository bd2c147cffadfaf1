import { findRollback, type Standing } from '../../decide/rollback-target.ts';
import type { Change, ContainerDecision } from '../../model/decision.ts';
import { formatReference, parseImageReference } from '../../model/image-reference.ts';
import type { RegistryNeed, RepositoryObservation } from '../../model/observation.ts';
import type { Reason } from '../../model/reasons.ts';
import type { ContainerView } from './container-view.ts';
import { type Memory, reject, tagOf } from '../memory/memory.ts';

/** A container with what is decided for it. */
export interface Decided {
  readonly view: ContainerView;
  readonly decision: ContainerDecision;
}

/**
 * What a new `spec.rollbackTo` makes of a decision: the way back in place of what was chosen, with the memory of what is
 * left for it; where it cannot be obeyed, nothing is changed until it can or is taken back. `now`: milliseconds since the
 * epoch.
 */
export function obeyRollback(
  decided: Decided,
  observation: Pick<RepositoryObservation, 'digests'>,
  now: number,
): Decided {
  const { view, decision } = decided;
  const { container, tracked, memory } = view;
  const asked = tracked?.spec.rollbackTo;
  if (asked === undefined || asked === memory.rolledBackTo) return decided;
  // What a person has set, and pods do not run, is known by its tag alone.
  const tag = tagOf(container.image);
  const meaning = observation.digests.get(tag);
  const meant = typeof meaning === 'object' && 'digest' in meaning ? meaning.digest : undefined;
  const present: Standing = { image: container.image, digest: memory.digest ?? meant };
  const found = findRollback(asked, present, memory);
  if (found.kind === 'there')
    return { decision, view: { ...view, memory: { ...memory, rolledBackTo: asked } } };
  if (found.kind === 'unknown') {
    const message = `spec.rollbackTo names ${asked}, which is in none of the updates that status.history holds; nothing is changed until it is corrected or removed`;
    return { view, decision: halted(decision, 'NotInHistory', message) };
  }
  // What is left must be told from what may come, so its digest is waited for where there is one.
  if (present.digest === undefined && meaning === undefined) {
    const looking = halted(decision, 'Observing', 'what runs is being looked up');
    return { view, decision: { ...looking, needs: [...decision.needs, { kind: 'digest', tag }] } };
  }
  const { target, left } = found;
  const way = wayTo(target, observation);
  if (way.kind === 'look') {
    const looking = halted(decision, 'Observing', `the digest of ${target.image} is being looked up`);
    return { view, decision: { ...looking, needs: [...decision.needs, way.need] } };
  }
  if (way.kind === 'gone') {
    const message = `spec.rollbackTo names ${asked}, which is gone from the repository`;
    return { view, decision: halted(decision, 'TagMissing', message) };
  }
  const { to, digest } = way;
  const change: Change = {
    container,
    to,
    how: 'image',
    digest,
    policy: 'spec.rollbackTo',
    fromDigest: present.digest,
    rollbackTo: asked,
  };
  const message = `spec.rollbackTo asks to go back to ${to}`;
  return {
    view: { ...view, memory: leave(memory, left, asked, now) },
    decision: { ...halted(decision, 'UpdateAvailable', message), candidate: asked, change },
  };
}

function halted(decision: ContainerDecision, reason: Reason, message: string): ContainerDecision {
  return { ...decision, reason, message, candidate: undefined, change: undefined, opensAt: undefined };
}

type Way =
  | { readonly kind: 'known'; readonly to: string; readonly digest: string }
  | { readonly kind: 'look'; readonly need: RegistryNeed }
  | { readonly kind: 'gone' };

/**
 * What to write: the reference as it stood there where its tag is known to mean it still, else the digest goes with it.
 * Where the history does not know the digest, the tag is asked for it.
 */
function wayTo({ image, digest }: Standing, { digests }: Pick<RepositoryObservation, 'digests'>): Way {
  const reference = parseImageReference(image);
  if (!reference.ok) return { kind: 'gone' };
  const { name, tag = 'latest', digest: pinned = digest } = reference.value;
  const answer = digests.get(tag);
  const meaning = typeof answer === 'object' && 'digest' in answer ? answer.digest : undefined;
  if (pinned !== undefined) {
    const to = meaning === pinned ? image : formatReference(name, tag, pinned);
    return { kind: 'known', to, digest: pinned };
  }
  if (meaning !== undefined) return { kind: 'known', to: image, digest: meaning };
  return answer === undefined ? { kind: 'look', need: { kind: 'digest', tag } } : { kind: 'gone' };
}

/** What is left is not proposed again until somebody says `retry`. */
function leave(memory: Memory, left: readonly Standing[], asked: string, now: number): Memory {
  const at = new Date(now).toISOString();
  let leaving = memory;
  for (const { image, digest } of left) {
    if (digest === undefined || memory.rejected.some((one) => one.digest === digest)) continue;
    const message = `a person went back from ${image} to ${asked}`;
    leaving = reject(leaving, { digest, tag: tagOf(image), reason: 'ForeignChange', message, at });
  }
  return leaving;
}
