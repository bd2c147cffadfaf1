import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { describe, it, type TestContext } from 'node:test';
import { listAt, numberAt } from '../../src/model/json.ts';
import { connectTo } from '../behaviour/connection.ts';
import { Shop } from '../behaviour/shop.ts';
import { apiClient } from '../kubernetes/api-client.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { compactEtcd } from '../support/etcd.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { Robot } from '../support/robot.ts';
import { undoing } from '../support/undoing.ts';

/**
 * What only a real API server can do to its clients. Each of these tests has one of its own to interrupt: after several
 * interruptions all the others of a cluster wait for half a minute before they come back.
 */
describe('an API server', { timeout: 300_000 }, () => {
  it('that is killed and comes back amid a fleet of updates loses none and repeats none', async (context) => {
    const site = await Site.open(context);
    const { shop, cluster, robot } = site;
    site.start(robot.kubeconfig);
    const names = await site.fleet('killed', 12);
    await shop.push('killed', '1.1.0');
    const images = () => Promise.all(names.map((name) => shop.imageOf(name)));
    await shop.until('a first update', async () => (await images()).includes(shop.image('killed', '1.1.0')));

    await cluster.controlPlane.apiServer.kill();
    await cluster.controlPlane.apiServer.start();

    await site.updatedOnce(names);
  });

  it('whose history is compacted while the controller is cut off has everything listed again', async (context) => {
    // Without its cache it watches in etcd itself, whose history ends where it is compacted.
    const site = await Site.open(context, '--watch-cache=false');
    const { shop, cluster } = site;
    const proxy = await ApiProxy.start(connectTo(cluster.kubeconfig));
    site.defer(() => proxy.close());
    const kubeconfig = copyKubeconfig(cluster.kubeconfig, {
      namespace: shop.namespace,
      server: proxy.url,
    });
    site.defer(() => kubeconfig.remove());
    const plimsoll = site.start(kubeconfig.file);
    const [name = ''] = await site.fleet('compacted', 1);

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
    const one = ['--max-requests-inflight=1', '--max-mutating-requests-inflight=1'];
    const site = await Site.open(context, '--enable-priority-and-fairness=false', ...one);
    const { shop, robot } = site;
    const plimsoll = site.start(robot.kubeconfig);
    const names = await site.fleet('busy', 4);
    const refused = () => plimsoll.counted('rest_client_requests_total', 'code="429"');
    const before = await refused();

    const dawdler = await takePlace(robot.kubeconfig);
    site.defer(() => dawdler.destroy());
    await shop.push('busy', '1.1.0');
    await shop.until('requests to be refused', async () => (await refused()) > before);
    dawdler.destroy();

    await site.updatedOnce(names);
  });

  it('that refuses a token gets the one that lies in the file by then', async (context) => {
    const site = await Site.open(context);
    const { shop, cluster, robot } = site;
    const plimsoll = site.start(robot.kubeconfig);
    const [name = ''] = await site.fleet('rotated', 1);
    const old = readFileSync(robot.tokenFile, 'utf8').trim();

    await robot.renewToken();
    await robot.revokeOld();
    await shop.until('the old token to be refused', () => isTokenRefused(cluster, old));
    await shop.push('rotated', '1.1.0');

    await site.updatedOnce([name]);
    const refused = await plimsoll.counted('rest_client_requests_total', 'code="401"');
    assert.ok(refused > 0, 'the old token was tried');
    assert.equal(await plimsoll.counted('plimsoll_updates_total', 'outcome="failed"'), 0);
  });
});

/** An API server of a test's own, with a shop behind it, and an account that may do what a controller may. */
class Site {
  readonly cluster: OwnCluster;
  readonly shop: Shop;
  readonly robot: Robot;
  /** Has something undone when the test is over. */
  readonly defer: ReturnType<typeof undoing>;

  private constructor(cluster: OwnCluster, shop: Shop, robot: Robot, defer: Site['defer']) {
    this.cluster = cluster;
    this.shop = shop;
    this.robot = robot;
    this.defer = defer;
  }

  static async open(context: TestContext, ...apiServerFlags: readonly string[]): Promise<Site> {
    const defer = undoing(context);
    const cluster = await startOwnCluster({ apiServerFlags });
    defer(() => cluster.close());
    const shop = await Shop.open(cluster);
    defer(() => shop.close());
    const robot = await Robot.make(shop.admin, shop.namespace, cluster.kubeconfig);
    defer(() => robot.remove());
    await robot.grant();
    return new Site(cluster, shop, robot, defer);
  }

  /** Starts a controller. When the test is over it is told to end, and must do so in good order. */
  start(kubeconfig: string): PlimsollProcess {
    const own = ['--address=127.0.0.1:0', '--poll-interval=1s', '--max-rollouts=3'];
    const plimsoll = new PlimsollProcess(['run', `--kubeconfig=${kubeconfig}`, ...own]);
    this.defer(async () => {
      plimsoll.kill('SIGTERM');
      assert.equal(await plimsoll.ended(), 0);
    });
    return plimsoll;
  }

  /** Deployments of one image that are up to date. */
  async fleet(name: string, size: number): Promise<readonly string[]> {
    const { shop } = this;
    await shop.push(name, '1.0.0');
    const names = Array.from({ length: size }, (_, index) => `${name}-${index}`);
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    const image = shop.image(name, '1.0.0');
    await Promise.all(names.map((each) => shop.deploy({ name: each, image, annotations })));
    await Promise.all(names.map((each) => shop.saying(each, 'UpToDate')));
    return names;
  }

  /** Each is updated once: one generation more, one entry in the history. */
  async updatedOnce(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const status = await this.shop.outcome(name, 'Verified');
      assert.equal(listAt(status, 'history').length, 1);
      assert.equal(numberAt(await this.shop.deployment(name), 'metadata', 'generation'), 2);
    }
  }
}

/** Whether the API server lets nobody in with a token. */
async function isTokenRefused({ kubeconfig }: OwnCluster, token: string): Promise<boolean> {
  const connection = connectTo(kubeconfig);
  const { tls } = await connection.authorize();
  const client = apiClient(connection.server.href, Buffer.from(tls.ca ?? ''), token);
  return client.get('/api/v1/pods').then(
    () => false,
    (error: unknown) => String(error).includes('401'),
  );
}

/**
 * Begins a request that writes and does not end it, so that it takes up the place of one. Resolves when the server reads its
 * body (RFC 9110, section 10.1.1): by then it has the place.
 */
async function takePlace(kubeconfig: string): Promise<ClientRequest> {
  const connection = connectTo(kubeconfig);
  const { tls, headers } = await connection.authorize();
  const credentials = Object.entries(headers).map(([name, value]) => [name, value.reveal()] as const);
  const expecting = { expect: '100-continue', 'content-type': 'application/json', 'content-length': '2' };
  for (;;) {
    const request = httpsRequest(
      new URL('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', connection.server),
      {
        method: 'POST',
        headers: { ...Object.fromEntries(credentials), ...expecting },
        ca: tls.ca,
        agent: false,
      },
    );
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    request.once('continue', () => resolve(true));
    request.once('response', () => resolve(false));
    request.on('error', reject);
    if (await promise) return request;
    // The place was somebody else's.
    request.destroy();
  }
}
