import type { KubeClient } from '../../kube/client.ts';
import { type Resource, listPath, objectPath, resources } from '../../kube/resources.ts';
import { type JsonObject, textAt } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import { objectAt, withAt } from '../../sandbox/api-server/json-edit.ts';
import { approve } from '../handle/approve.ts';
import { ask } from '../handle/ask.ts';
import { findTracked } from '../tracked/tracked-lookup.ts';
import { namespace } from './shop.ts';

const replicaSets: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
};
const revisionKey = 'deployment.kubernetes.io/revision';
const answerTime = 10_000;

/** What people do in the shop, by the requests that kubectl sends for them. */
export class People {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(client: KubeClient, clock: Clock, signal: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** `kubectl rollout undo`: the template of the revision before takes the place of the present one. */
  async undo(name: string): Promise<void> {
    const revisions: JsonObject[] = [];
    const query = { labelSelector: `app=${name}` };
    const listed = this.#client.list(listPath(replicaSets, namespace), { query, signal: this.#signal });
    for await (const { items } of listed) revisions.push(...items);
    const [, before] = revisions.toSorted((a, b) => revisionOf(b) - revisionOf(a));
    const template = objectAt(before, 'spec', 'template');
    const value = withAt(template, ['metadata', 'labels', 'pod-template-hash'], undefined);
    await this.#client.patch(pathOf(name), [{ op: 'replace', path: '/spec/template', value }], {
      type: 'json',
      query: { fieldManager: 'kubectl-rollout' },
      signal: this.#signal,
    });
  }

  /** `kubectl apply`: the manifest as it stands in somebody's repository. */
  async apply(name: string, manifest: JsonObject): Promise<void> {
    const query = { fieldManager: 'kubectl-client-side-apply' };
    await this.#client.patch(pathOf(name), manifest, { type: 'merge', query, signal: this.#signal });
  }

  /** `plimsoll approve`. */
  async approve(name: string): Promise<void> {
    const question = {
      subject: { of: 'workload', workload: { kind: 'Deployment', name } },
      container: undefined,
      namespace,
    } as const;
    const found = await findTracked(this.#client, question, this.#signal);
    const wish = approve.read([], new Map(), '');
    if (!found.ok || typeof wish === 'string') return;
    const options = { client: this.#client, clock: this.#clock, patience: answerTime, signal: this.#signal };
    for (const image of found.images) await ask(options, image, wish);
  }
}

function revisionOf(replicaSet: JsonObject): number {
  return Number(textAt(replicaSet, 'metadata', 'annotations', revisionKey) ?? 0);
}

function pathOf(name: string): string {
  return objectPath(resources.deployments, namespace, name);
}
