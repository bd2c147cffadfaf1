import type { RegistryNeed, RepositoryObservation, TagTimes } from '../model/observation.ts';
import type { SelectionPolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import { isDockerHub } from '../registry/hosts.ts';
import { believable } from '../versioning/newest.ts';
import { explainTags } from '../versioning/select.ts';

/** Images whose making is looked up one by one, at most; each costs the registry three requests once. */
const mostRead = 20;

/** What times a choice may go by. */
export type ImageTimes =
  /** By tag; what is missing has none. `needs` are known already. */
  | {
      readonly kind: 'known';
      readonly times: ReadonlyMap<string, TagTimes> | undefined;
      readonly needs: readonly RegistryNeed[];
    }
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[] }
  | { readonly kind: 'refused'; readonly why: Problem; readonly needs: readonly RegistryNeed[] };

/** A policy, and the tags that it is asked about. */
export interface TimesQuestion {
  readonly registry: string;
  /** The present tag. */
  readonly current: string;
  readonly policy: SelectionPolicy & { readonly text: string };
  readonly observation: RepositoryObservation;
}

/**
 * The times that a policy needs which goes by time: those of the registry's list, where it tells any; else what each image
 * says of its making. Images are read for all candidates or for none, because the newest might be among the others; on
 * Docker Hub for none, because there each of them counts as a pull.
 */
export function imageTimes(question: TimesQuestion): ImageTimes {
  const { registry, policy, observation } = question;
  const times = observation.tags?.times;
  if (!goesByTime(policy)) return { kind: 'known', times, needs: [] };
  // Somebody else needed the list without its times: it is read once more.
  if (times === undefined) return { kind: 'unknown', needs: [] };
  if (times.size > 0) return listedTimes(question, times);
  const tags = undatedTags(question);
  if (tags.length === 0) return { kind: 'known', times, needs: [] };
  const refuse = (why: string, needs: readonly RegistryNeed[] = []): ImageTimes => {
    const message = `${policy.text} goes by time, and ${registry} lists its tags without times; ${why}`;
    return { kind: 'refused', why: { reason: 'NoTimes', message }, needs };
  };
  if (isDockerHub(registry)) {
    return refuse(
      'there each image that is asked when it was made counts as a pull: choose a policy that goes by tags',
    );
  }
  if (tags.length > mostRead) {
    return refuse(
      `${tags.length} images would have to be asked when they were made: narrow them to ${mostRead} with allow-tags`,
    );
  }
  const read = readTimes(tags, observation);
  const isTimeless = read.kind === 'known' && read.times?.size === 0;
  return isTimeless ? refuse('none of its images says when it was made', read.needs) : read;
}

/** Some registries say only when the tags were pushed that were pushed last; a present tag without a time has no newer one. */
function listedTimes(
  { registry, current, policy, observation }: TimesQuestion,
  times: ReadonlyMap<string, TagTimes>,
): ImageTimes {
  const isUndated = observation.tags?.tags.includes(current) === true && !times.has(current);
  if (!isUndated) return { kind: 'known', times, needs: [] };
  const message = `${policy.text} goes by time, and ${registry} does not say when ${current} was pushed; it says so of the ${times.size} tags that were pushed last: set one of these once, or choose a policy that goes by the tags`;
  return { kind: 'refused', why: { reason: 'NoTimes', message }, needs: [] };
}

function goesByTime({ rule, order }: SelectionPolicy): boolean {
  return rule.kind === 'newest' || order === 'created';
}

/** The tags that only lack a time, and the present one. */
function undatedTags({ current, policy, observation }: TimesQuestion): readonly string[] {
  const { tags = [] } = observation.tags ?? {};
  const explained = explainTags({ current, policy, tags });
  if (!explained.ok) return [];
  const undated = [...explained.value.reasons].filter(([, reason]) => reason === 'undated');
  return undated.length === 0 ? [] : [...new Set([current, ...undated.map(([tag]) => tag)])];
}

function readTimes(
  tags: readonly string[],
  { digests, manifests }: RepositoryObservation,
): Exclude<ImageTimes, { kind: 'refused' }> {
  const times = new Map<string, TagTimes>();
  const needs: RegistryNeed[] = [];
  let isUnknown = false;
  for (const tag of tags) {
    const meaning = digests.get(tag);
    needs.push({ kind: 'digest', tag, ...(meaning !== undefined && { seldom: true }) });
    isUnknown ||= meaning === undefined;
    if (typeof meaning !== 'object' || 'unusable' in meaning) continue;
    const { asked, created } = timeOf(meaning.digest, manifests);
    needs.push(...asked.map((digest): RegistryNeed => ({ kind: 'manifests', digest })));
    isUnknown ||= asked.some((digest) => !manifests.has(digest));
    if (created !== undefined && believable(created, undefined) !== undefined) times.set(tag, { created });
  }
  return isUnknown ? { kind: 'unknown', needs } : { kind: 'known', times, needs };
}

/** An index says nothing of time: its first image is asked. `asked`: the digests that are read for it. */
function timeOf(
  digest: string,
  manifests: RepositoryObservation['manifests'],
): { readonly asked: readonly string[]; readonly created: string | undefined } {
  const [first] = imagesOf(digest, manifests);
  if (first === undefined || first.digest === digest) return { asked: [digest], created: first?.created };
  const [image] = imagesOf(first.digest, manifests);
  return { asked: [digest, first.digest], created: image?.created };
}

function imagesOf(digest: string, manifests: RepositoryObservation['manifests']) {
  const found = manifests.get(digest);
  return found === undefined || typeof found === 'string' ? [] : found;
}
