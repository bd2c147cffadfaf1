import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { listPath, resources } from '../../src/kube/resources.ts';
import { listAt, numberAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connectTo } from '../behaviour/connection.ts';
import { Shop } from '../behaviour/shop.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { compactEtcd } from '../support/etcd.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { apiClient } from '../kubernetes/api-client.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { Robot } from '../support/robot.ts';

/** What only a real API server can do to its clients; so each of these tests interrupts one of its own. */
describe('an API server', { timeout: 300_000 }, () => {
  let cluster: OwnCluster;
  let shop: Shop;
  let robot: Robot;
  let plimsoll: PlimsollProcess;

  before(async () => {
    cluster = await startOwnCluster();
    shop = await Shop.open(cluster);
    robot = await Robot.make(shop.admin, shop.namespace, cluster.kubeconfig);
    await robot.grant();
  });
  afterEach(async () => {
    plimsoll.kill('SIGTERM');
    assert.equal(await plimsoll.ended(), 0);
  });
  after(async () => {
    robot.remove();
    await shop.close();
    await cluster.close();
  });

  const start = (kubeconfig: string) => {
    const own = ['--address=127.0.0.1:0', '--poll-interval=1s', '--max-rollouts=3'];
    return new PlimsollProcess(['run', `--kubeconfig=${kubeconfig}`, ...own]);
  };

  /** Deployments of one image that are up to date. */
  async function fleet(name: string, size: number): Promise<readonly string[]> {
    await shop.push(name, '1.0.0');
    const names = Array.from({ length: size }, (_, index) => `${name}-${index}`);
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    const image = shop.image(name, '1.0.0');
    await Promise.all(names.map((each) => shop.deploy({ name: each, image, annotations })));
    await Promise.all(names.map((each) => shop.saying(each, 'UpToDate')));
    return names;
  }

  /** Each is updated once: one generation more, one entry in the history. */
  async function updatedOnce(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const status = await shop.outcome(name, 'Verified');
      assert.equal(listAt(status, 'history').length, 1);
      assert.equal(numberAt(await shop.deployment(name), 'metadata', 'generation'), 2);
    }
  }

  it('that is killed and comes back amid a fleet of updates loses none and repeats none', async () => {
    plimsoll = start(robot.kubeconfig);
    const names = await fleet('killed', 12);
    await shop.push('killed', '1.1.0');
    const isUpdated = async (name: string) => (await shop.imageOf(name)) === shop.image('killed', '1.1.0');
    await shop.until('the first updates', async () => isUpdated(names[0] ?? ''));

    await cluster.controlPlane.apiServer.kill();
    await cluster.controlPlane.apiServer.start();

    await updatedOnce(names);
  });

  it('whose history is compacted while the controller is cut off has everything listed again', async (context) => {
    await cluster.controlPlane.apiServer.kill();
    // Without its cache it watches in etcd itself, whose history ends where it is compacted.
    await cluster.controlPlane.apiServer.start('--watch-cache=false');
    const proxy = await ApiProxy.start(connectTo(cluster.kubeconfig));
    context.after(() => proxy.close());
    const kubeconfig = copyKubeconfig(cluster.kubeconfig, {
      namespace: shop.namespace,
      server: proxy.url,
    });
    context.after(() => kubeconfig.remove());
    plimsoll = start(kubeconfig.file);
    const [name = ''] = await fleet('compacted', 1);

    proxy.cut();
    // The last write stays in the history; only who has missed the one before it as well must list again.
    await shop.annotate(name, { 'plimsoll.dev/verify-for': '2s' });
    await shop.annotate(name, { 'plimsoll.dev/policy': 'patch' });
    await compactEtcd(cluster.controlPlane.etcdUrl);
    proxy.heal();
    await shop.push('compacted', '1.1.0');

    await shop.saying(name, 'NoCompatibleTag');
    assert.equal(await shop.imageOf(name), shop.image('compacted', '1.0.0'));
    // The repository may be heard of, and the workload read by its name, before the watch is due again.
    const gone = () => plimsoll.counted('plimsoll_informer_restarts_total', 'cause="Gone"');
    await shop.until('everything to be listed again', async () => (await gone()) > 0);
  });

  it('that is too busy (429) gets its requests later, and all of them', async (context) => {
    await cluster.controlPlane.apiServer.kill();
    const one = ['--max-requests-inflight=1', '--max-mutating-requests-inflight=1'];
    await cluster.controlPlane.apiServer.start('--enable-priority-and-fairness=false', ...one);
    const crowd = new Crowd(robot.kubeconfig, shop.namespace);
    context.after(() => crowd.leave());
    plimsoll = start(robot.kubeconfig);
    const names = await fleet('busy', 4);
    await shop.push('busy', '1.1.0');

    await updatedOnce(names);
    assert.ok((await plimsoll.counted('rest_client_requests_total', 'code="429"')) > 0);
  });

  it('that refuses a token gets the one that lies in the file by then', async () => {
    await cluster.controlPlane.apiServer.kill();
    await cluster.controlPlane.apiServer.start();
    plimsoll = start(robot.kubeconfig);
    const [name = ''] = await fleet('rotated', 1);
    const old = readFileSync(robot.tokenFile, 'utf8').trim();

    await robot.renewToken();
    await robot.revokeOld();
    await shop.until('the old token to be refused', () => isRefused(cluster, old));
    await shop.push('rotated', '1.1.0');

    await updatedOnce([name]);
    const refused = await plimsoll.counted('rest_client_requests_total', 'code="401"');
    assert.ok(refused > 0, 'the old token was tried');
    assert.equal(await plimsoll.counted('plimsoll_updates_total', 'outcome="failed"'), 0);
  });
});

/** Whether the API server lets nobody in with a token. */
async function isRefused({ kubeconfig }: OwnCluster, token: string): Promise<boolean> {
  const connection = connectTo(kubeconfig);
  const { tls } = await connection.authorize();
  const client = apiClient(connection.server.href, Buffer.from(tls.ca ?? ''), token);
  return client.get('/api/v1/pods').then(
    () => false,
    (error: unknown) => String(error).includes('401'),
  );
}

/** Others who keep an API server busy with lists. */
class Crowd {
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #asking: Promise<unknown>;

  constructor(kubeconfig: string, namespace: string) {
    const metrics = { kubeRequest: () => undefined };
    this.#client = new KubeClient({ connection: connectTo(kubeconfig), clock: systemClock, metrics });
    const path = listPath(resources.pods, namespace);
    this.#asking = Promise.all(Array.from({ length: 4 }, () => this.#ask(path)));
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
    await this.#client.close();
  }

  async #ask(path: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#client.get(path, { signal }).catch((error: unknown) => {
        if (!isKubeError(error, 'TooManyRequests', 'Aborted')) throw error;
      });
    }
  }
}
