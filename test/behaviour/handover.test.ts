import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listAt, textAt } from '../../src/model/json.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';
import type { Backend } from './backend.ts';
import { connectTo } from './connection.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

/** What one replica leaves behind, and what the next one finds. */
describe('a controller that ends', { timeout: 600_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let proxy: ApiProxy;
  let kubeconfig: KubeconfigFile;
  const running: PlimsollProcess[] = [];

  before(async () => {
    // The controller reaches the API server by way of this process, which interferes.
    ({ backend, shop } = await openShop(defer, { controllers: 'local' }));
    await shop.permit('leader-election');
    proxy = await ApiProxy.start(connectTo(backend.controllerKubeconfig));
    defer(() => proxy.close());
    kubeconfig = copyKubeconfig(backend.controllerKubeconfig, {
      namespace: shop.namespace,
      server: proxy.url,
    });
    defer(() => kubeconfig.remove());
  });

  function start(): PlimsollProcess {
    const own = ['--address=127.0.0.1:0', '--poll-interval=1s', '--leader-elect'];
    const started = new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig.file}`,
      `--namespace=${shop.namespace}`,
      ...own,
    ]);
    defer(() => started.close());
    running.push(started);
    return started;
  }

  /** Starts one beside a leader, and waits until it could take over. */
  async function standBy(): Promise<PlimsollProcess> {
    const standby = start();
    // It may be slow to answer for as long as it is only starting.
    const answer = () => standby.serves('/readyz').catch(() => undefined);
    await until('a warm standby', async () => (await answer())?.status === 200);
    return standby;
  }

  async function opens(name: string): Promise<void> {
    await shop.push(name, '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations });
    await shop.saying(name, 'UpToDate');
  }

  it('finishes the write that is under way and tells of it, lets its lease go, and another one goes on', async () => {
    const leader = start();
    await opens('under-way');
    const standby = await standBy();
    const depth = await standby.counted('workqueue_depth', 'name="workloads"');
    assert.equal(depth, 0, 'who stands by keeps no list of work');
    const isUpdate = ({ method = '', path = '' }) =>
      method === 'PATCH' && path.endsWith('/deployments/under-way');
    const stopped = proxy.stopNext('before', isUpdate);
    await shop.push('under-way', '1.1.0');
    await stopped;

    await leader.dismiss();
    proxy.letGo();

    assert.equal(await leader.ended(), 0);
    assert.ok(leader.log.some(({ msg }) => msg === 'update applied'));
    const status = await shop.outcome('under-way', 'Verified');
    assert.equal(listAt(status, 'history').length, 1);
    assert.ok(standby.log.some(({ msg }) => msg === 'became leader'));
    standby.kill('SIGTERM');
    assert.equal(await standby.ended(), 0);
  });

  it('is followed by one that has read everything before it leads', {
    skip:
      process.env['PLIMSOLL_TEST_BACKEND'] === 'cluster' && 'only the embedded API server tells its requests',
  }, async () => {
    const leader = start();
    await opens('handed-over');
    await standBy();
    leader.kill('SIGTERM');
    assert.equal(await leader.ended(), 0);
    const before = backend.api?.requests.length ?? 0;

    await shop.push('handed-over', '1.1.0');
    await shop.outcome('handed-over', 'Verified');

    const asked = backend.api?.requests
      .slice(before)
      .filter(({ userAgent }) => userAgent.startsWith('plimsoll/'));
    const lists = asked?.filter(({ verb, path }) => verb === 'list' && !path.endsWith('/pods'));
    assert.deepEqual(lists, []);
  });

  it('keeps its lease although as many requests as it may have at once are not answered', {
    skip: process.env['PLIMSOLL_TEST_BACKEND'] === 'cluster' && 'the connections are those of the controller',
  }, async () => {
    const holder = running.findLast((each) => each.log.some(({ msg }) => msg === 'became leader'));
    assert.ok(holder);
    const renewals = async () => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${shop.namespace}/leases/plimsoll`;
      return textAt(await shop.find(path), 'spec', 'renewTime');
    };
    const answered = Promise.withResolvers<void>();
    defer(() => answered.resolve());
    let held = 0;
    proxy.before = async ({ method }) => {
      if (method !== 'POST') return;
      held++;
      await answered.promise;
    };
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names)
      await shop.deploy({ name, image: shop.image('handed-over', '1.0.0'), annotations, replicas: 0 });
    await until('as many requests as may be', () => held >= 4);
    for (const round of ['first', 'second']) {
      const before = await renewals();
      await until(`the ${round} renewal`, async () => (await renewals()) !== before);
    }
    answered.resolve();
    for (const name of names) await shop.saying(name, 'UpToDate');
    assert.ok(!holder.log.some(({ msg }) => msg === 'lost the lease'));
  });
});
