import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { at, type JsonObject, numberAt, textAt, textMapAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { WorkQueue, type WorkResult } from '../../runtime/work-queue.ts';
import type { Collection } from './collection.ts';
import { conditionsOf, type Finding, withCondition } from './deployment-conditions.ts';
import {
  deadlineOf,
  deploymentStatus,
  failsAt,
  isComplete,
  type Offspring,
  pauseFinding,
} from './deployment-status.ts';
import { DeploymentWriter } from './deployment-writer.ts';
import { noMetrics } from './no-telemetry.ts';
import { OwnerIndex } from './owner-index.ts';
import { controllerUid, isDeleting, nameOf, uidOf } from './ownership.ts';
import {
  byAge,
  desiredReplicas,
  hasTemplate,
  newReplicaSet,
  replicaSetAnnotations,
  revisionAnnotation,
  revisionHistory,
  revisionOf,
  sizeAnnotations,
  statusCount,
} from './replica-set.ts';
import { firstReplicas, limitsOf, nextRecreation, nextScalings, type Scaling } from './rolling-update.ts';
import { canonicalJson } from './template-hash.ts';
import { timestamp } from '../api-server/timestamp.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface DeploymentControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly deployments: Collection;
  readonly replicaSets: Collection;
  readonly pods: Collection;
}

/** Milliseconds after which a write that met a newer object is tried again. */
const conflictRetry = 20;

/** What the next step of a reconcile is; `wait` until something changes. */
type Step = 'wrote' | 'wait';

/**
 * Rolls Deployments out by creating and scaling ReplicaSets, and tells how far it got,
 * in the steps and with the conditions of the controller manager. Level-triggered: one write at most leads to the next event.
 */
export class DeploymentController {
  readonly #parts: DeploymentControllerParts;
  readonly #writer: DeploymentWriter;
  readonly #replicaSets: OwnerIndex;
  readonly #pods: OwnerIndex;
  readonly #queue: WorkQueue<string>;
  readonly #keysByUid = new Map<string, string>();

  constructor(parts: DeploymentControllerParts) {
    this.#parts = parts;
    this.#writer = new DeploymentWriter(parts.client);
    this.#replicaSets = new OwnerIndex(parts.replicaSets.store);
    this.#pods = new OwnerIndex(parts.pods.store);
    this.#queue = new WorkQueue<string>({
      name: 'deployments',
      clock: parts.clock,
      metrics: noMetrics,
      workers: 4,
      handle: (key, signal) => this.#handle(key, signal),
      failed: (key, error) => parts.log.debug({ key, err: error }, 'a Deployment could not be reconciled'),
    });
    this.#listen();
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  #listen(): void {
    const { deployments, replicaSets, pods } = this.#parts;
    const uids = new Map<string, string>();
    deployments.store.onChange((key, now, before) => {
      if (before !== undefined) this.#keysByUid.delete(uidOf(before));
      if (now !== undefined) this.#keysByUid.set(uidOf(now), key);
      this.#queue.add(key);
    });
    replicaSets.store.onChange((key, now, before) => {
      uids.delete(key);
      if (now !== undefined) uids.set(uidOf(now), key);
      this.#addOwner(now ?? before);
    });
    // Only `Recreate` waits for pods: for the last of the old ones to be gone.
    pods.store.onChange((_key, now, before) => {
      if (now !== undefined || before === undefined) return;
      const key = uids.get(controllerUid(before) ?? '');
      this.#addOwner(key === undefined ? undefined : replicaSets.store.get(key));
    });
  }

  #addOwner(object: JsonObject | undefined): void {
    const key = object === undefined ? undefined : this.#keysByUid.get(controllerUid(object) ?? '');
    if (key !== undefined) this.#queue.add(key);
  }

  async #handle(key: string, signal: AbortSignal): Promise<WorkResult> {
    const deployment = this.#parts.deployments.store.get(key);
    if (deployment === undefined || isDeleting(deployment)) return {};
    try {
      await this.#reconcile(deployment, signal);
    } catch (error) {
      // Somebody was faster: the next event brings the newer object, at the latest after this wait.
      if (isKubeError(error, 'Conflict', 'NotFound', 'AlreadyExists')) return { after: conflictRetry };
      throw error;
    }
    const end = failsAt(deployment);
    return end === undefined ? {} : { after: Math.max(conflictRetry, end - this.#parts.clock.now() + 1_000) };
  }

  async #reconcile(deployment: JsonObject, signal: AbortSignal): Promise<void> {
    const pause = pauseFinding(deployment);
    if (pause !== undefined) return this.#tell(deployment, pause, undefined, signal);
    const offspring = this.#offspringOf(deployment);
    if ((await this.#syncRevision(deployment, offspring, signal)) === 'wrote') return;
    for (const { replicaSet, replicas } of this.#scalings(deployment, offspring)) {
      const annotations = sizeAnnotations(deployment, limitsOf(deployment).surge);
      await this.#writer.scale(replicaSet, { replicas, annotations }, signal);
    }
    const status = deploymentStatus(deployment, offspring, this.#now());
    if (isComplete(deployment, status)) await this.#forgetHistory(deployment, offspring.old, signal);
    if (canonicalJson(status) !== canonicalJson(at(deployment, 'status'))) {
      await this.#writer.putStatus(deployment, status, signal);
    }
  }

  #offspringOf(deployment: JsonObject): Offspring {
    const all = [...this.#replicaSets.ownedBy(uidOf(deployment))]
      .filter((one) => !isDeleting(one))
      .sort(byAge);
    const current = all.find((replicaSet) => hasTemplate(replicaSet, deployment));
    return { current, old: all.filter((replicaSet) => replicaSet !== current) };
  }

  /** Sees to it that the present template has a ReplicaSet, with the highest revision, and that the Deployment says so. */
  async #syncRevision(
    deployment: JsonObject,
    { current, old }: Offspring,
    signal: AbortSignal,
  ): Promise<Step> {
    const newest = Math.max(0, ...old.map(revisionOf)) + 1;
    const { surge } = limitsOf(deployment);
    if (current === undefined) {
      if (at(deployment, 'spec', 'paused') === true) return 'wait';
      const annotations = replicaSetAnnotations(deployment, newest, surge);
      const body = newReplicaSet(deployment, annotations, firstReplicas(deployment, old));
      await this.#writer.create(body, signal);
      await this.#tell(deployment, createdFinding(body), newest, signal);
      return 'wrote';
    }
    const revision = Math.max(newest, revisionOf(current));
    const annotations = {
      ...replicaSetAnnotations(deployment, revision, surge),
      ...revisionHistory(current, revision),
    };
    const known = textMapAt(current, 'metadata', 'annotations');
    if (Object.entries(annotations).some(([key, value]) => known[key] !== value)) {
      await this.#writer.annotate(current, annotations, signal);
      return 'wrote';
    }
    if (textMapAt(deployment, 'metadata', 'annotations')[revisionAnnotation] === String(revision))
      return 'wait';
    await this.#tell(deployment, undefined, revision, signal);
    return 'wrote';
  }

  #scalings(deployment: JsonObject, { current, old }: Offspring): readonly Scaling[] {
    if (at(deployment, 'spec', 'paused') === true) return pausedScalings(deployment, { current, old });
    if (current === undefined) return [];
    if (textAt(deployment, 'spec', 'strategy', 'type') !== 'Recreate')
      return nextScalings(deployment, current, old);
    const oldPods = old.reduce((sum, one) => sum + this.#pods.ownedBy(uidOf(one)).length, 0);
    return nextRecreation(deployment, current, old, oldPods);
  }

  /** Deletes the oldest ReplicaSets beyond the history limit. */
  async #forgetHistory(
    deployment: JsonObject,
    old: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
    const idle = old.filter((one) => desiredReplicas(one) === 0 && statusCount(one, 'replicas') === 0);
    const excess = Math.max(0, old.length - limit);
    const oldest = idle.toSorted((one, other) => revisionOf(one) - revisionOf(other)).slice(0, excess);
    for (const replicaSet of oldest) await this.#writer.remove(replicaSet, signal);
  }

  /** Writes a condition, a revision, or both into a Deployment. */
  async #tell(
    deployment: JsonObject,
    finding: Finding | undefined,
    revision: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const told = deadlineOf(deployment) === undefined ? undefined : finding;
    const before = conditionsOf(deployment);
    const conditions = told === undefined ? before : withCondition(before, told, this.#now());
    const status = {
      ...objectOf(at(deployment, 'status')),
      ...(conditions.length === 0 ? {} : { conditions }),
    };
    const revised = revision === undefined ? {} : { [revisionAnnotation]: String(revision) };
    await this.#writer.putStatus(deployment, status, signal, revised);
  }

  #now(): string {
    return timestamp(this.#parts.clock.now());
  }
}

function createdFinding(replicaSet: JsonObject): Finding {
  const message = `Created new replica set "${nameOf(replicaSet)}"`;
  return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message };
}

/** A paused Deployment does not roll, but it can be scaled. */
function pausedScalings(deployment: JsonObject, { current, old }: Offspring): readonly Scaling[] {
  const all = current === undefined ? [...old] : [...old, current];
  const active = all.filter((replicaSet) => desiredReplicas(replicaSet) > 0);
  const [only = all.at(-1)] = active;
  const desired = desiredReplicas(deployment);
  if (active.length > 1 || only === undefined || desiredReplicas(only) === desired) return [];
  return [{ replicaSet: only, replicas: desired }];
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
