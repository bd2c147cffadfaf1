import type { KubeClient } from '../../kube/client.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { at, isJsonObject, type JsonObject, numberAt, textAt, textMapAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import type { Collection } from './collection.ts';
import { hashOf, revisionLabel, revisionOfPod, templateIn } from './controller-revision.ts';
import { type NodePods, podsToReplace } from './daemon-set-plan.ts';
import { controllerReference, isDeleting, nameOf, namespaceOf } from './ownership.ts';
import { availableIn, hasEnded, isActive, isReady } from './pod-condition.ts';
import { PodOwnerLoop } from './pod-owner-loop.ts';
import { RevisionKeeper } from './revision-keeper.ts';
import { canonicalJson } from './template-hash.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface DaemonSetControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly daemonSets: Collection;
  readonly controllerRevisions: Collection;
  readonly pods: Collection;
  readonly nodes: Collection;
}

/** Keeps one pod of each DaemonSet on every node, replaces those of an old template, and counts them. Taints and selectors of nodes are not simulated. */
export class DaemonSetController {
  readonly #parts: DaemonSetControllerParts;
  readonly #revisions: RevisionKeeper;
  readonly #loop: PodOwnerLoop;

  constructor(parts: DaemonSetControllerParts) {
    this.#parts = parts;
    this.#revisions = new RevisionKeeper(parts.client, parts.controllerRevisions);
    this.#loop = new PodOwnerLoop({
      ...parts,
      owners: parts.daemonSets,
      name: 'daemonsets',
      reconcile: (set, pods, signal) => this.#reconcile(set, pods, signal),
    });
    parts.nodes.store.onChange((_key, now, before) => {
      if (now !== undefined && before !== undefined) return;
      for (const set of parts.daemonSets.store.list()) this.#loop.touch(`${namespaceOf(set)}/${nameOf(set)}`);
    });
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  async #reconcile(set: JsonObject, pods: readonly JsonObject[], signal: AbortSignal): Promise<WorkResult> {
    const revisions = await this.#revisions.sync(set, 'DaemonSet', signal);
    const hash = hashOf(revisions.update);
    const nodes = this.#parts.nodes.store.list().map(nameOf);
    const placed = nodes.map((node) => this.#placedOn(node, set, pods, hash));
    const busy = new Set(pods.filter((pod) => isDeleting(pod)).map(nodeOf));
    for (const { node } of placed.filter(({ node, pod }) => pod === undefined && !busy.has(node))) {
      await this.#loop.create(set, podOf(set, revisions.update, node), signal);
    }
    const stray = pods.filter((pod) => !isDeleting(pod) && (hasEnded(pod) || !nodes.includes(nodeOf(pod))));
    for (const pod of [...stray, ...podsToReplace(set, placed)]) await this.#loop.remove(set, pod, signal);

    const status = statusOf(set, placed);
    if (canonicalJson(status) !== canonicalJson(at(set, 'status'))) {
      const body = { ...set, kind: 'DaemonSet', apiVersion: 'apps/v1', status };
      const path = objectPath(resources.daemonSets, namespaceOf(set), nameOf(set), 'status');
      await this.#parts.client.update(path, body, { signal });
    }
    const hashes = new Set([hash, ...pods.map(revisionOfPod)]);
    const live = new Set(revisions.all.filter((one) => hashes.has(hashOf(one))).map(nameOf));
    await this.#revisions.trim(set, revisions, live, signal);
    return this.#nextLook(set, pods);
  }

  #placedOn(node: string, set: JsonObject, pods: readonly JsonObject[], hash: string): NodePods {
    const pod = pods.find((one) => isActive(one) && nodeOf(one) === node);
    if (pod === undefined) return { node, pod, available: false, updated: false };
    const available = isReady(pod) && this.#availableIn(set, pod) <= 0;
    return { node, pod, available, updated: revisionOfPod(pod) === hash };
  }

  #nextLook(set: JsonObject, pods: readonly JsonObject[]): WorkResult {
    const waits = pods.filter(isReady).map((pod) => this.#availableIn(set, pod));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    return Number.isFinite(next) ? { after: next } : {};
  }

  #availableIn(set: JsonObject, pod: JsonObject): number {
    return availableIn(pod, numberAt(set, 'spec', 'minReadySeconds') ?? 0, this.#parts.clock.now());
  }
}

function statusOf(set: JsonObject, placed: readonly NodePods[]): JsonObject {
  const count = (counts: (place: NodePods) => boolean) => placed.filter(counts).length;
  const numberAvailable = count(({ available }) => available);
  const optional = {
    updatedNumberScheduled: count(({ updated }) => updated),
    numberAvailable,
    numberUnavailable: placed.length - numberAvailable,
  };
  return {
    currentNumberScheduled: count(({ pod }) => pod !== undefined),
    numberMisscheduled: 0,
    desiredNumberScheduled: placed.length,
    numberReady: count(({ pod }) => pod !== undefined && isReady(pod)),
    observedGeneration: numberAt(set, 'metadata', 'generation') ?? 0,
    ...Object.fromEntries(Object.entries(optional).filter(([, number]) => number > 0)),
  };
}

/** The node of a pod; before it is bound, the one that it was made for. */
function nodeOf(pod: JsonObject): string {
  return textAt(pod, 'spec', 'nodeName') ?? '';
}

/** A pod of a DaemonSet. The real one is led to its node by an affinity; here nobody else schedules. */
function podOf(set: JsonObject, revision: JsonObject, nodeName: string): JsonObject {
  const { metadata, spec } = templateIn(revision);
  return {
    metadata: {
      ...(isJsonObject(metadata) ? metadata : {}),
      generateName: `${nameOf(set)}-`,
      namespace: namespaceOf(set),
      labels: { ...textMapAt(metadata, 'labels'), [revisionLabel]: hashOf(revision) },
      ownerReferences: [controllerReference('apps/v1', 'DaemonSet', set)],
    },
    spec: { ...(isJsonObject(spec) ? spec : {}), nodeName },
  };
}
