import type { KubeClient } from '../../kube/client.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { at, isJsonObject, type JsonObject, numberAt, textAt, textMapAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import type { Collection } from './collection.ts';
import { revisionLabel, revisionOfPod, templateIn } from './controller-revision.ts';
import { controllerReference, isDeleting, nameOf, namespaceOf } from './ownership.ts';
import { availableIn, isReady } from './pod-condition.ts';
import { PodOwnerLoop } from './pod-owner-loop.ts';
import { desiredReplicas } from './replica-set.ts';
import { RevisionKeeper, type Revisions } from './revision-keeper.ts';
import { nextSetSteps, type SetStep } from './stateful-set-plan.ts';
import { canonicalJson } from './template-hash.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface StatefulSetControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly statefulSets: Collection;
  readonly controllerRevisions: Collection;
  readonly pods: Collection;
}

/** Keeps the numbered pods of each StatefulSet, rolls new templates out from the last to the first, and counts them. */
export class StatefulSetController {
  readonly #parts: StatefulSetControllerParts;
  readonly #revisions: RevisionKeeper;
  readonly #loop: PodOwnerLoop;

  constructor(parts: StatefulSetControllerParts) {
    this.#parts = parts;
    this.#revisions = new RevisionKeeper(parts.client, parts.controllerRevisions);
    this.#loop = new PodOwnerLoop({
      ...parts,
      owners: parts.statefulSets,
      name: 'statefulsets',
      reconcile: (set, pods, signal) => this.#reconcile(set, pods, signal),
    });
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  async #reconcile(set: JsonObject, pods: readonly JsonObject[], signal: AbortSignal): Promise<WorkResult> {
    const revisions = await this.#revisions.sync(set, 'StatefulSet', signal);
    const waits = pods.filter(isReady).map((pod) => this.#availableIn(set, pod));
    const status = this.#statusOf(set, pods, nameOf(revisions.update));
    const isAvailable = (pod: JsonObject) => isReady(pod) && this.#availableIn(set, pod) <= 0;
    const updateRevision = nameOf(revisions.update);
    for (const step of nextSetSteps({ set, pods, updateRevision, isAvailable })) {
      await this.#take(set, step, revisions, signal);
    }
    if (canonicalJson(status) !== canonicalJson(at(set, 'status'))) {
      const body = { ...set, kind: 'StatefulSet', apiVersion: 'apps/v1', status };
      const path = objectPath(resources.statefulSets, namespaceOf(set), nameOf(set), 'status');
      await this.#parts.client.update(path, body, { signal });
    }
    const live = new Set([
      updateRevision,
      textAt(status, 'currentRevision') ?? '',
      ...pods.map(revisionOfPod),
    ]);
    await this.#revisions.trim(set, revisions, live, signal);
    const next = Math.min(...waits.filter((wait) => wait > 0));
    return Number.isFinite(next) ? { after: next } : {};
  }

  async #take(set: JsonObject, step: SetStep, revisions: Revisions, signal: AbortSignal): Promise<void> {
    if (step.kind === 'delete') return this.#loop.remove(set, step.pod, signal);
    const current = textAt(set, 'status', 'currentRevision');
    const old = revisions.all.find((revision) => nameOf(revision) === current);
    const revision = step.revision === 'current' && old !== undefined ? old : revisions.update;
    return this.#loop.create(set, podOf(set, revision, step.ordinal), signal);
  }

  #statusOf(set: JsonObject, pods: readonly JsonObject[], updateRevision: string): JsonObject {
    const current = textAt(set, 'status', 'currentRevision') ?? '';
    const ready = pods.filter(isReady);
    const ofRevision = (revision: string) =>
      pods.filter((pod) => !isDeleting(pod) && revisionOfPod(pod) === revision).length;
    const updatedReplicas = ofRevision(updateRevision);
    const rolling = textAt(set, 'spec', 'updateStrategy', 'type') !== 'OnDelete';
    const desired = desiredReplicas(set);
    const counts = [updatedReplicas, pods.length, ready.length];
    const complete = rolling && counts.every((count) => count === desired);
    const currentRevision = complete || current === '' ? updateRevision : current;
    return {
      observedGeneration: numberAt(set, 'metadata', 'generation') ?? 0,
      replicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => this.#availableIn(set, pod) <= 0).length,
      currentReplicas: ofRevision(currentRevision),
      updatedReplicas,
      currentRevision,
      updateRevision,
      collisionCount: 0,
    };
  }

  #availableIn(set: JsonObject, pod: JsonObject): number {
    return availableIn(pod, numberAt(set, 'spec', 'minReadySeconds') ?? 0, this.#parts.clock.now());
  }
}

/** A pod of a StatefulSet: its name is its identity. Volume claims are not simulated. */
function podOf(set: JsonObject, revision: JsonObject, ordinal: number): JsonObject {
  const { metadata, spec } = templateIn(revision);
  const name = `${nameOf(set)}-${ordinal}`;
  const subdomain = textAt(set, 'spec', 'serviceName');
  return {
    metadata: {
      ...(isJsonObject(metadata) ? metadata : {}),
      name,
      namespace: namespaceOf(set),
      labels: {
        ...textMapAt(metadata, 'labels'),
        [revisionLabel]: nameOf(revision),
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
      },
      ownerReferences: [controllerReference('apps/v1', 'StatefulSet', set)],
    },
    spec: {
      ...(isJsonObject(spec) ? spec : {}),
      hostname: name,
      ...(subdomain === undefined ? {} : { subdomain }),
    },
  };
}
