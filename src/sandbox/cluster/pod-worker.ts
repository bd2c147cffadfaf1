import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { type JsonObject, textAt } from '../../model/json.ts';
import type { Logger } from '../../model/ports.ts';
import type { NodeParts } from './container-run.ts';
import { Flag } from './flag.ts';
import { isDeleting, nameOf, namespaceOf, uidOf } from './ownership.ts';
import { PodRun } from './pod-run.ts';
import { canonicalJson } from './template-hash.ts';

/** What a worker needs besides its pod. */
export interface PodWorkerParts {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly node: NodeParts;
  readonly nodeName: string;
  readonly podIp: string;
}

/** Milliseconds after which a request that failed is made again. */
const retryAfter = 200;

/** Does for one pod what a scheduler and a kubelet do: binds it, runs it, reports it, and takes it away in the end. */
export class PodWorker {
  readonly #parts: PodWorkerParts;
  readonly #run: PodRun;
  readonly #news = new Flag();
  /** Aborted when the containers have to end. */
  readonly #life = new AbortController();
  /** Aborted when nothing is left to do for this pod. */
  readonly #end = new AbortController();
  #pod: JsonObject;
  #reported = '';

  constructor(pod: JsonObject, parts: PodWorkerParts) {
    this.#pod = pod;
    this.#parts = parts;
    this.#run = new PodRun(pod, parts.node, parts.podIp, () => this.#news.raise());
  }

  /** Whether a container of this pod runs a certain image. */
  uses(content: string): boolean {
    return this.#run.uses(content);
  }

  /** Takes note of a newer version of the pod. */
  update(pod: JsonObject): void {
    this.#pod = pod;
    if (isDeleting(pod)) this.#life.abort(new Error('the pod is being deleted'));
  }

  /** Reports anew where what would be reported has changed. */
  refresh(): void {
    this.#news.raise();
  }

  /** Stops at once: the pod is gone, or the node is. */
  stop(): void {
    this.#end.abort(new Error('the pod is gone'));
    this.#life.abort(this.#end.signal.reason);
  }

  /** Works until the pod is gone or {@link PodWorker.stop} is called; never rejects. */
  async work(): Promise<void> {
    if (isDeleting(this.#pod)) this.#life.abort(new Error('the pod is being deleted'));
    await this.#insist(this.#end.signal, () => this.#bind());
    this.#news.raise();
    const containers = this.#run.run(this.#life.signal).catch((reason: unknown) => {
      if (!this.#life.signal.aborted) this.#parts.log.error({ err: reason }, 'a simulated pod failed');
    });
    await Promise.all([containers, this.#reportAll()]);
    if (this.#end.signal.aborted) return;
    await this.#insist(this.#end.signal, () => this.#delete());
  }

  async #reportAll(): Promise<void> {
    const { signal } = this.#life;
    while (await this.#news.taken(signal)) await this.#insist(signal, () => this.#report(signal));
  }

  async #bind(): Promise<void> {
    const { nodeName, client } = this.#parts;
    if ((textAt(this.#pod, 'spec', 'nodeName') ?? '') !== '') return;
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: nameOf(this.#pod), namespace: namespaceOf(this.#pod), uid: uidOf(this.#pod) },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    };
    await client.create(`${this.#path()}/binding`, body, { signal: this.#end.signal });
  }

  async #report(signal: AbortSignal): Promise<void> {
    const status = this.#run.status(this.#pod);
    const text = canonicalJson(status);
    if (text === this.#reported) return;
    const body = { metadata: { uid: uidOf(this.#pod) }, status };
    this.#pod = await this.#parts.client.patch(this.#path('status'), body, { type: 'merge', signal });
    this.#reported = text;
  }

  async #delete(): Promise<void> {
    const { clock, pace } = this.#parts.node;
    await clock.sleep(pace.step, this.#end.signal);
    const query = { gracePeriodSeconds: 0 };
    await this.#parts.client.delete(this.#path(), { query, signal: this.#end.signal });
  }

  /** Makes a request until it succeeds, the pod turns out to be gone, or the signal aborts. */
  async #insist(signal: AbortSignal, request: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        return await request();
      } catch (error) {
        if (signal.aborted || isKubeError(error, 'NotFound', 'Conflict', 'Invalid')) return;
        this.#parts.log.debug({ err: error }, 'a request of the simulated node failed');
        await this.#parts.node.clock.sleep(retryAfter, signal).catch(() => undefined);
      }
    }
  }

  #path(subresource?: 'status'): string {
    return objectPath(resources.pods, namespaceOf(this.#pod), nameOf(this.#pod), subresource);
  }
}
