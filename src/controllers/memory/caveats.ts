import type { RepositoryObservation } from '../../model/observation.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { Reason } from '../../model/reasons.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';

const types = ['Partial', 'Stale', 'CredentialsRejected', 'PolicyWarning'] as const;

/**
 * Something that people should know of a container besides how it stands; its status has a condition of that type as
 * long as it holds. `Partial`: the tag list was cut short. `Stale`: what is known is older than it should be.
 * `CredentialsRejected`: a pull secret is of no use, although the registry can be read without it. `PolicyWarning`: the
 * policy is obeyed, and is probably not what its author means.
 */
export interface Caveat {
  readonly type: (typeof types)[number];
  readonly reason: Reason;
  /** One sentence, the same for as long as nothing changes. */
  readonly message: string;
}

/** Characters of a message; the custom resource's schema allows no more. */
const longestMessage = 1_024;

/** What is to be said about what a decision rests on. `secretProblems`: what stood in the way of reading pull secrets. */
export function caveatsOf(
  { tags, problem, refused }: RepositoryObservation,
  secretProblems: readonly string[],
): readonly Caveat[] {
  const caveats: Caveat[] = [];
  if (tags?.partial === true) {
    const message = `the tag list was cut short after ${tags.tags.length} tags; nothing is chosen from it`;
    caveats.push({ type: 'Partial', reason: 'LimitExceeded', message });
  }
  if (problem?.since !== undefined) {
    const since = new Date(problem.since).toISOString().slice(0, 19);
    const message = `what is known of the repository was seen at ${since}Z, and nothing is changed by it`;
    caveats.push({ type: 'Stale', reason: problem.reason, message });
  }
  if (refused !== undefined) {
    const { sources, instead = 'anonymous access' } = refused;
    const refusal = `the registry does not accept ${sources.join(', ')}; it is read by ${instead}`;
    const message = refusal.slice(0, longestMessage);
    caveats.push({ type: 'CredentialsRejected', reason: 'Unauthorized', message });
  } else if (secretProblems.length > 0) {
    const message = secretProblems.join('; ').slice(0, longestMessage);
    caveats.push({ type: 'CredentialsRejected', reason: 'SecretUnreadable', message });
  }
  return caveats;
}

/** What is to be said about a policy that is obeyed. */
export function policyCaveats({ warnings }: Pick<EffectivePolicy, 'warnings'>): readonly Caveat[] {
  if (warnings.length === 0) return [];
  const message = warnings.join('; ').slice(0, longestMessage);
  return [{ type: 'PolicyWarning', reason: 'PolicyInForce', message }];
}

/** The caveats that the conditions of a status do not say yet, or say otherwise. */
export function newCaveats(
  before: TrackedImage['conditions'],
  caveats: readonly Caveat[],
): readonly Caveat[] {
  return caveats.filter(
    ({ type, message }) => !before.some((one) => one.type === type && one.message === message),
  );
}

/** Whether conditions say exactly these caveats. */
export function saysCaveats(conditions: TrackedImage['conditions'], caveats: readonly Caveat[]): boolean {
  const said = conditions.filter(({ type }) => isCaveatType(type));
  return said.length === caveats.length && newCaveats(said, caveats).length === 0;
}

function isCaveatType(type: string): type is Caveat['type'] {
  return types.some((one) => one === type);
}
