import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listPath, objectPath } from '../../kube/resources.ts';
import { type JsonObject, textAt } from '../../model/json.ts';
import type { Platform } from '../../model/observation.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { nodes } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import type { NodeParts, Pace } from './container-run.ts';
import { ImageCache } from './image-cache.ts';
import type { Behaviour, ImageSource } from './image-source.ts';
import { uidOf } from './ownership.ts';
import { hasEnded } from './pod-condition.ts';
import { PodWorker } from './pod-worker.ts';
import { antiAffinityOf, avoids, UnscheduledPods } from './unscheduled-pods.ts';

/** What a kubelet works with; the pods are followed by whoever made them. */
export interface KubeletParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pods: Collection;
  readonly nodeName: string;
  readonly images: ImageSource;
  readonly behaviour: Behaviour;
  readonly pace: Pace;
}

/** What the simulated nodes say of their machine. */
export const nodePlatform: Platform = { os: 'linux', architecture: 'amd64' };

/** Runs every pod that is on its node, or on none yet and may be there, without running anything. */
export class Kubelet {
  readonly #parts: KubeletParts;
  readonly #node: NodeParts;
  readonly #workers = new Map<string, { readonly worker: PodWorker; readonly done: Promise<void> }>();
  readonly #unscheduled: UnscheduledPods;
  #started = 0;
  #stopping = false;

  constructor(parts: KubeletParts) {
    const { clock, pace, behaviour, images } = parts;
    this.#parts = parts;
    this.#unscheduled = new UnscheduledPods(parts);
    const cache = new ImageCache(images, (content) => this.#refresh(content));
    this.#node = { clock, pace, behaviour, images: cache };
    parts.pods.store.onChange((_key, now, before) => this.#notice(now, before));
  }

  /** Registers the node, then serves its pods until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#register(signal);
    if (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
    this.#stopping = true;
    for (const { worker } of this.#workers.values()) worker.stop();
    await Promise.all([...this.#workers.values()].map(({ done }) => done));
  }

  #notice(now: JsonObject | undefined, before: JsonObject | undefined): void {
    if (before !== undefined && (now === undefined || uidOf(now) !== uidOf(before))) {
      this.#workers.get(uidOf(before))?.worker.stop();
      this.#unscheduled.forget(before);
    }
    if (this.#stopping) return;
    const isGone = now === undefined || hasEnded(now);
    if (isGone) for (const pod of this.#unscheduled.takeAll()) this.#begin(pod);
    if (now === undefined) return;
    const known = this.#workers.get(uidOf(now));
    if (known === undefined) this.#begin(now);
    else known.worker.update(now);
  }

  #begin(pod: JsonObject): void {
    const { nodeName, client, log } = this.#parts;
    const node = textAt(pod, 'spec', 'nodeName') ?? '';
    if (hasEnded(pod) || !['', nodeName].includes(node)) return;
    if (node === '' && this.#isRefused(pod)) {
      this.#unscheduled.putOff(pod);
      return;
    }
    this.#started++;
    const podIp = `10.244.${Math.floor(this.#started / 250) % 250}.${1 + (this.#started % 250)}`;
    const worker = new PodWorker(pod, { client, log, node: this.#node, nodeName, podIp });
    const done = worker.work().finally(() => this.#workers.delete(uidOf(pod)));
    this.#workers.set(uidOf(pod), { worker, done });
  }

  /** Whether a pod avoids one that is on the node, or is about to be. */
  #isRefused(pod: JsonObject): boolean {
    if (antiAffinityOf(pod).length === 0) return false;
    return this.#parts.pods.store
      .list()
      .some((other) => this.#workers.has(uidOf(other)) && !hasEnded(other) && avoids(pod, other));
  }

  /** An image is reported by another name from now on, also where it runs already. */
  #refresh(content: string): void {
    for (const { worker } of this.#workers.values()) if (worker.uses(content)) worker.refresh();
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, log } = this.#parts;
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastHeartbeatTime: timestamp(clock.now()),
      lastTransitionTime: timestamp(clock.now()),
    };
    const labels = {
      'kubernetes.io/arch': nodePlatform.architecture,
      'kubernetes.io/os': nodePlatform.os,
      'kubernetes.io/hostname': nodeName,
    };
    const status = {
      conditions: [ready],
      nodeInfo: { ...nodeInfo, machineID: nodeName, systemUUID: nodeName, bootID: nodeName },
      capacity: { cpu: '32', memory: '64Gi', pods: '10000' },
      allocatable: { cpu: '32', memory: '64Gi', pods: '10000' },
    };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels }, status };
    try {
      await client.create(listPath(nodes), node, { signal });
    } catch (error) {
      if (isKubeError(error, 'AlreadyExists')) {
        const path = objectPath(nodes, undefined, nodeName, 'status');
        await client.patch(path, { status }, { type: 'merge', signal }).catch(() => undefined);
      } else if (!signal.aborted) log.warn({ err: error }, 'the simulated node could not be registered');
    }
  }
}

const nodeInfo = {
  architecture: nodePlatform.architecture,
  operatingSystem: nodePlatform.os,
  kubeletVersion: 'v1.36.3',
  kubeProxyVersion: '',
  containerRuntimeVersion: 'containerd://1.6.20',
  kernelVersion: 'simulated',
  osImage: 'simulated',
};
