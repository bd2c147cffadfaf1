import type { KubeClient } from '../../kube/client.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { labelSelectorOf, labelsOf } from '../api-server/label-selector.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { nameOf, namespaceOf, uidOf } from './ownership.ts';

/** What telling a pod that there is no node for it takes. */
export interface UnscheduledPodsParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pods that may not be where others are, and wait for those to go. */
export class UnscheduledPods {
  readonly #parts: UnscheduledPodsParts;
  readonly #waiting = new Map<string, JsonObject>();

  constructor(parts: UnscheduledPodsParts) {
    this.#parts = parts;
  }

  /** Lets a pod wait, and says so in its status as a scheduler does. */
  putOff(pod: JsonObject): void {
    this.#waiting.set(uidOf(pod), pod);
    if (isTold(pod)) return;
    const { client, clock, log } = this.#parts;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
      lastProbeTime: null,
      lastTransitionTime: timestamp(clock.now()),
    };
    const path = objectPath(resources.pods, namespaceOf(pod), nameOf(pod), 'status');
    const body = { metadata: { uid: uidOf(pod) }, status: { conditions: [condition] } };
    client
      .patch(path, body, { type: 'merge', signal: new AbortController().signal })
      .catch((error: unknown) => log.debug({ err: error }, 'a pod was not told that it finds no node'));
  }

  /** Forgets a pod that is gone. */
  forget(pod: JsonObject): void {
    this.#waiting.delete(uidOf(pod));
  }

  /** Every pod that waits, because one that it may have waited for is gone; none waits any longer. */
  takeAll(): readonly JsonObject[] {
    const pods = [...this.#waiting.values()];
    this.#waiting.clear();
    return pods;
  }
}

/**
 * Whether a pod must not be on the node of another one: the required terms of its anti-affinity. There is one node to schedule
 * to, so that whatever topology a term names is that node.
 */
export function avoids(pod: JsonObject, other: JsonObject): boolean {
  return antiAffinityOf(pod).some((selector) => {
    const isMeant = isJsonObject(selector) && labelSelectorOf(selector)(labelsOf(other));
    return isMeant && namespaceOf(pod) === namespaceOf(other) && uidOf(pod) !== uidOf(other);
  });
}

/** The label selectors of what a pod avoids. */
export function antiAffinityOf(pod: JsonObject): readonly unknown[] {
  const path = ['spec', 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'];
  return listAt(pod, ...path).map((term) => at(term, 'labelSelector'));
}

function isTold(pod: JsonObject): boolean {
  return listAt(pod, 'status', 'conditions').some((one) => textAt(one, 'type') === 'PodScheduled');
}
