import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

/**
 * The pods of a Deployment `plimsoll`, each with a real controller in place of its container: started when the pod is there, told
 * to end when the pod is to end.
 */
class Replicas {
  readonly #shop: Shop;
  readonly #start: () => PlimsollProcess;
  readonly #byPod = new Map<string, PlimsollProcess>();
  readonly #ended: PlimsollProcess[] = [];
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  constructor(shop: Shop, start: () => PlimsollProcess) {
    this.#shop = shop;
    this.#start = start;
    this.#following = this.#follow();
    // Told to whoever closes it.
    this.#following.catch(() => undefined);
  }

  /** Those whose pod is there. */
  get present(): readonly PlimsollProcess[] {
    return [...this.#byPod.values()];
  }

  /** Those whose pod is gone, in the order in which they were told to end. */
  get gone(): readonly PlimsollProcess[] {
    return this.#ended;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const following = await Promise.allSettled([this.#following]);
    await Promise.all([...this.present, ...this.gone].map((each) => each.close()));
    for (const end of following) if (end.status === 'rejected') throw end.reason;
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const pods = new Set((await this.#shop.pods('plimsoll')).map(({ name }) => name));
      for (const name of pods) if (!this.#byPod.has(name)) this.#byPod.set(name, this.#start());
      for (const [name, each] of this.#byPod) {
        if (pods.has(name)) continue;
        this.#byPod.delete(name);
        this.#ended.push(each);
        each.kill('SIGTERM');
      }
      await setTimeout(50);
    }
  }
}

describe('a controller that tracks its own Deployment', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let replicas: Replicas;

  before(async () => {
    // The test plays the containers of the controller.
    ({ backend, shop } = await openShop(defer, { controllers: 'local' }));
    await shop.permit('leader-election');
    const kubeconfig = copyKubeconfig(backend.controllerKubeconfig, { namespace: shop.namespace });
    defer(() => kubeconfig.remove());
    const own = ['--address=127.0.0.1:0', '--poll-interval=1s', '--leader-elect'];
    const args = ['run', `--kubeconfig=${kubeconfig.file}`, `--namespace=${shop.namespace}`, ...own];
    replicas = new Replicas(shop, () => new PlimsollProcess(args));
    defer(() => replicas.close());
  });

  it('is replaced by its own update once: the old leader hands over, and a new one follows the rollout to its end', async () => {
    await shop.push('plimsoll', '1.0.0');
    await shop.deploy({
      name: 'plimsoll',
      image: shop.image('plimsoll', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '5s' },
      replicas: 2,
    });
    await shop.saying('plimsoll', 'UpToDate');
    const old = replicas.present;
    const generation = numberAt(await shop.deployment('plimsoll'), 'metadata', 'generation') ?? 0;

    await shop.push('plimsoll', '1.1.0');
    const status = await shop.outcome('plimsoll', 'Verified');

    assert.equal(await shop.imageOf('plimsoll'), shop.image('plimsoll', '1.1.0'));
    assert.equal(numberAt(await shop.deployment('plimsoll'), 'metadata', 'generation'), generation + 1);
    assert.deepEqual(
      listAt(status, 'history').map((entry) => textAt(entry, 'to')),
      [shop.image('plimsoll', '1.1.0')],
    );
    assert.equal(replicas.gone.length, old.length);
    for (const each of old) {
      assert.ok(replicas.gone.includes(each), 'an old replica is gone');
      assert.equal(await each.ended(), 0);
    }
    assert.ok(replicas.present.some(hasLed), 'a new replica leads');
    const path = objectPath(resources.leases, shop.namespace, 'plimsoll');
    assert.notEqual(textAt(await shop.find(path), 'spec', 'holderIdentity') ?? '', '');
  });
});

function hasLed({ log }: PlimsollProcess): boolean {
  return log.some(({ msg }) => msg === 'became leader');
}
