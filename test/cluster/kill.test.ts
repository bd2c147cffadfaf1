import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { kinds } from '../../src/kube/kinds.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { connectTo } from '../behaviour/connection.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { ApiProxy, type Moment, type ProxiedRequest } from '../support/api-proxy.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

interface Step {
  readonly what: string;
  readonly moment: Moment;
  readonly fits: (request: ProxiedRequest) => boolean;
}

const isPatchOfWorkload = ({ method, path }: ProxiedRequest) =>
  method === 'PATCH' && path.includes('/deployments/');
const isPatchOfStatus = ({ method, path }: ProxiedRequest) =>
  method === 'PATCH' && path.includes('/trackedimages/') && path.endsWith('/status');

/** Fits the nth status that is written from the patch of the workload on. */
function statusAfterPatch(nth: number): Step['fits'] {
  let patched = false;
  let seen = 0;
  return (request) => {
    patched ||= isPatchOfWorkload(request);
    if (patched && isPatchOfStatus(request)) seen++;
    return seen === nth && isPatchOfStatus(request);
  };
}

const steps: readonly Step[] = [
  { what: 'before the workload is patched', moment: 'before', fits: isPatchOfWorkload },
  { what: 'when the workload is patched and the answer is lost', moment: 'after', fits: isPatchOfWorkload },
  { what: 'before the status tells of the update', moment: 'before', fits: statusAfterPatch(1) },
  { what: 'when the status tells of the update', moment: 'after', fits: statusAfterPatch(1) },
  { what: 'before the status tells how the rollout stands', moment: 'before', fits: statusAfterPatch(2) },
  { what: 'when the status tells how the rollout stands', moment: 'after', fits: statusAfterPatch(2) },
];

/**
 * A restart is the update that a second time would be seen: it changes the template again. So every step is tried with one,
 * in the processes that users run.
 */
describe('a controller that is killed', { timeout: 600_000 }, () => {
  const defer = undoing();
  let shop: Shop;
  let proxy: ApiProxy;
  let kubeconfig: KubeconfigFile;
  let running: PlimsollProcess | undefined;

  before(async () => {
    // The controller reaches the API server by way of this process, which interferes.
    const opened = await openShop(defer, { controllers: 'local' });
    shop = opened.shop;
    proxy = await ApiProxy.start(connectTo(opened.backend.controllerKubeconfig));
    defer(() => proxy.close());
    kubeconfig = copyKubeconfig(opened.backend.controllerKubeconfig, {
      namespace: shop.namespace,
      server: proxy.url,
    });
    defer(() => kubeconfig.remove());
  });
  afterEach(async () => {
    proxy.disarm();
    running?.kill('SIGKILL');
    await running?.ended();
    running = undefined;
  });

  const start = () =>
    new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig.file}`,
      `--namespace=${shop.namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
    ]);

  for (const [index, { what, moment, fits }] of steps.entries()) {
    it(`${what} repeats nothing and forgets nothing`, async () => {
      const name = `web-${index}`;
      const repository = `killed-${index}`;
      const old = await shop.push(repository, '1', { content: 'old' });
      await shop.deploy({
        name,
        image: shop.image(repository, '1'),
        annotations: { 'plimsoll.dev/policy': 'digest' },
        pullPolicy: 'Always',
      });
      const killed = start();
      running = killed;
      assert.equal((await shop.saying(name, 'UpToDate'))['digest'], old);
      const generation = numberAt(await shop.deployment(name), 'metadata', 'generation') ?? 0;

      let stopped = false;
      void proxy.stopNext(moment, fits).then(() => (stopped = true));
      const now = await shop.push(repository, '1', { content: 'new' });
      await until('the request to be stopped', () => stopped, 60_000);
      killed.kill('SIGKILL');
      await killed.ended();

      running = start();
      const status = await shop.outcome(name, 'Verified');
      running.kill('SIGTERM');
      assert.equal(await running.ended(), 0);

      const history = listAt(status, 'history');
      assert.deepEqual(
        history.map((entry) => textAt(entry, 'digest')),
        [now],
      );
      assert.deepEqual(await shop.runningDigests(name), [now]);
      const object = await shop.deployment(name);
      assert.equal(numberAt(object, 'metadata', 'generation'), generation + 1);
      assert.equal(kinds.Deployment.project(object)?.annotations['deployment.kubernetes.io/revision'], '2');
    });
  }
});
