import type { ContainerDecision } from '../model/decision.ts';
import type { ImageReference } from '../model/image-reference.ts';
import type { Platform, RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import type { PendingCandidate } from '../model/tracked-image.ts';
import type { Container } from '../model/workload.ts';
import type { Ageing } from './ageing.ts';
import type { PlatformsInUse } from './platforms-in-use.ts';
import type { Refuser, Refusals } from './refusals.ts';

/** Everything that the choice for one container rests on. */
export interface ChoiceInput {
  readonly container: Container;
  readonly policy: EffectivePolicy;
  readonly observation: RepositoryObservation;
  /** The registry digest that the present image was last known to be, or undefined. */
  readonly known: string | undefined;
  /** Digests that the pods report, or undefined before they were asked. */
  readonly running: readonly string[] | undefined;
  /** The platforms that its pods run on, or undefined where nobody has told. */
  readonly platforms?: readonly Platform[] | undefined;
  /** Whether the workload's pods can be restarted; a CronJob has none. True where left out. */
  readonly restartable?: boolean;
  /** What must not be chosen; nothing where left out. */
  readonly refusals?: Refusals;
  /** What is remembered of the age of candidates; nothing where left out. */
  readonly pending?: readonly PendingCandidate[];
  /** Milliseconds since the epoch; where it is left out nothing is old enough for a `min-age`. */
  readonly now?: number;
}

/** The input of a choice whose reference was read, and the filters of tags. */
export interface Question extends ChoiceInput {
  readonly reference: ImageReference;
  readonly tag: string;
  readonly refuser: Refuser;
  readonly ageing: Ageing;
  readonly inUse: PlatformsInUse;
}

/** A decision of which only some fields are interesting; the rest are empty. */
export type Partially = Partial<Omit<ContainerDecision, 'container'>> & Problem;

/** Says that something is being looked up, which changes nothing. */
export function observing(what: string, needs: readonly RegistryNeed[]): Partially {
  return { reason: 'Observing', message: `${what} is being looked up`, needs };
}

/** The same of what a refusal, or the lack of one, rests on. */
export function lookingBehind(
  tag: string,
  unknown: { readonly needs: readonly RegistryNeed[]; readonly running: boolean },
  standing: readonly RegistryNeed[],
): Partially {
  const needs = [...standing, ...unknown.needs];
  return { ...observing(`what is behind ${tag}`, needs), needsRunning: unknown.running };
}
