import { createHash } from 'node:crypto';
import { kinds } from '../../kube/kinds.ts';
import type { ContainerDecision } from '../../model/decision.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { RepositoryObservation } from '../../model/observation.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { Container, Workload } from '../../model/workload.ts';
import { chooseApproved } from '../../decide/approval.ts';
import { isSteering } from '../../rollout/update-record.ts';
import type { RolloutStep } from '../../rollout/follow.ts';
import { pendingRestart } from '../../rollout/not-rolled-out.ts';
import { type Caveat, caveatsOf } from '../memory/caveats.ts';
import type { Memory } from '../memory/memory.ts';
import type { PullCredentials } from '../repositories/pull-credentials.ts';
import type { Hanging } from '../rollouts/hanging-rollouts.ts';
import type { RunningImages } from '../pods/running-images.ts';
import { nothingSeen, type RepositoryStore, type Subscription } from '../repositories/repository-store.ts';

/** Where a container's image is looked for, and with what. */
export type Lookup = Pick<Subscription, 'key' | 'access'> & {
  /** What stood in the way of reading a pull secret. */
  readonly secretProblems: readonly string[];
};

/** One tracked container with everything that is known of it at this moment. */
export interface ContainerView {
  readonly container: Container;
  readonly policy: EffectivePolicy;
  readonly tracked: TrackedImage | undefined;
  readonly memory: Memory;
  /** Undefined where the image reference cannot be read. */
  readonly lookup: Lookup | undefined;
  /** How the last update of this container stands, while it is followed. */
  readonly step: RolloutStep | undefined;
  /** Milliseconds after which an update that had failed, and works now, counts as verified. */
  readonly verifiedIn?: number | undefined;
  /** How its last update hangs, which was left as it is because of what was unavailable before. */
  readonly hanging?: Hanging | undefined;
  /** Why a failed update was not put back, where it should have been. */
  readonly notUndone?: string | undefined;
  /** What of an undo is left to people, as one clause. */
  readonly leftToPeople?: string | undefined;
  /** Milliseconds that its undo rests after a refusal. */
  readonly undoRest?: number | undefined;
  /** What else is to be said of it; nothing where left out. */
  readonly caveats?: readonly Caveat[];
  /** Whether a restart of its pods is a way to update it; true where left out. */
  readonly restartable?: boolean;
  /** Why pods of the workload still have another template than the one that stands there, where nobody replaces them. */
  readonly pendingRestart?: string | undefined;
}

/** What the kind of a workload, and its update strategy, say of restarts. */
export function restartsOf(workload: Workload): Pick<ContainerView, 'restartable' | 'pendingRestart'> {
  const { restartable } = kinds[workload.ref.kind];
  return { restartable, pendingRestart: pendingRestart(workload) };
}

/** Finds the repository of a container and the credentials for it. */
export async function findLookup(
  workload: Workload,
  { container, policy }: Pick<ContainerView, 'container' | 'policy'>,
  credentials: Pick<PullCredentials, 'resolve'>,
  signal: AbortSignal,
): Promise<Lookup | undefined> {
  const parsed = parseImageReference(container.image);
  if (!parsed.ok) return undefined;
  const { registry, path } = parsed.value;
  const found = await credentials.resolve(
    { workload, extraSecret: policy.pullSecret, registry, path },
    signal,
  );
  return {
    key: `${registry}/${path}#${found.identity}`,
    access: { registry, path, credentials: found.credentials },
    secretProblems: found.problems,
  };
}

/** What the store holds of a container's repository. */
export function observationFor(
  { lookup }: Pick<ContainerView, 'lookup'>,
  store: Pick<RepositoryStore, 'observation'>,
): RepositoryObservation {
  return lookup ? store.observation(lookup.key) : nothingSeen;
}

/** Chooses for a container from what the store holds of its repository. `now`: milliseconds since the epoch. */
export function chooseFor(
  view: ContainerView,
  store: RepositoryStore,
  running: readonly string[] | undefined,
  now: number,
): ContainerDecision {
  const { container, policy, memory, lookup, restartable = true } = view;
  const observation = observationFor(view, store);
  const refusals = { rejected: memory.rejected, skip: view.tracked?.spec.skip ?? [] };
  const { digest: known, platforms, pending, approval } = memory;
  const asked = { running, platforms };
  const input = { container, policy, observation, known, restartable, refusals, pending, now, ...asked };
  const decision = chooseApproved(input, approval);
  const refused = ['Unauthorized', 'Forbidden', 'RepositoryNotFound'].includes(decision.reason);
  if (!refused || !lookup || lookup.secretProblems.length === 0) return decision;
  const message = `${decision.message} (${lookup.secretProblems.join('; ')})`;
  return { ...decision, reason: 'SecretUnreadable', message };
}

/** What is to be said of what is known of a container's repository. */
export function caveatsFor(lookup: Lookup | undefined, store: RepositoryStore): readonly Caveat[] {
  return lookup === undefined ? [] : caveatsOf(store.observation(lookup.key), lookup.secretProblems);
}

/** A view after its pods were asked; where they do not say on what they run, what was known of that stays. */
export function withPlatforms(view: ContainerView, { platforms }: RunningImages): ContainerView {
  return platforms ? { ...view, memory: { ...view.memory, platforms } } : view;
}

/** What a container needs to know of its repository, and how often. */
export function subscriptionOf(
  { lookup, policy, tracked }: ContainerView,
  decision: ContainerDecision,
  workload: Workload,
): Subscription | undefined {
  if (!lookup || decision.needs.length === 0) return undefined;
  const { key, access } = lookup;
  const asked = [tracked?.spec.checkAt, tracked?.spec.retry, policy, ...steering(workload)];
  // It is only compared, and one is kept for every workload: a digest is a tenth of the text.
  const hint = createHash('sha256').update(JSON.stringify(asked)).digest('base64');
  return { key, access, schedules: [policy.schedule], needs: decision.needs, hint };
}

/** What people wrote to steer us: an edit of it asks for a look. */
function steering({ annotations }: Workload): readonly (readonly [string, string])[] {
  return Object.entries(annotations).filter(([key]) => isSteering(key));
}

/** Joins the subscriptions of containers that use one repository: a workload has one interest in each. */
export function joinSubscriptions(subscriptions: readonly Subscription[]): readonly Subscription[] {
  const byKey = new Map<string, Subscription>();
  for (const subscription of subscriptions) {
    const other = byKey.get(subscription.key);
    byKey.set(subscription.key, other ? join(other, subscription) : subscription);
  }
  return [...byKey.values()];
}

function join(one: Subscription, other: Subscription): Subscription {
  return {
    ...one,
    schedules: [...one.schedules, ...other.schedules],
    needs: [...one.needs, ...other.needs],
    hint: `${one.hint}\n${other.hint}`,
  };
}
