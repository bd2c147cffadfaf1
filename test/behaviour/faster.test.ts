import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ApiProxy, type ProxiedRequest } from '../support/api-proxy.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { connectTo } from './connection.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

/** An annotation that comes when all is decided and nothing is written; runs unchanged on the sandbox and on a real cluster. */
describe('somebody who is faster than a write', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let proxy: ApiProxy;

  before(async () => {
    // The controller reaches the API server by way of this process, which interferes.
    ({ backend, shop } = await openShop(defer, { controllers: 'local' }));
    proxy = await ApiProxy.start(connectTo(backend.controllerKubeconfig));
    defer(() => proxy.close());
    const { namespace } = shop;
    const kubeconfig = copyKubeconfig(backend.controllerKubeconfig, { namespace, server: proxy.url });
    defer(() => kubeconfig.remove());
    const controller = new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig.file}`,
      `--namespace=${namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
    ]);
    defer(async () => {
      await controller.dismiss();
      await controller.ended();
    });
  });

  /** Has annotations added right before the first patch of a Deployment that fits; returns the patches that were tried. */
  const annotateBefore = (
    name: string,
    annotations: Readonly<Record<string, string>>,
    fits: (request: ProxiedRequest) => boolean = () => true,
  ): readonly ProxiedRequest[] => {
    const tried: ProxiedRequest[] = [];
    proxy.before = async (request) => {
      if (request.method !== 'PATCH' || !request.path.endsWith(`/deployments/${name}`) || !fits(request))
        return;
      tried.push(request);
      if (tried.length === 1) await shop.annotate(name, annotations);
    };
    return tried;
  };

  const deploy = async (name: string) => {
    await shop.push(name, '1.0.0');
    // A container that ends counts as ready until its kubelet looks at it again, which may be a second later.
    const annotations = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '4s' };
    await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations });
    await shop.saying(name, 'UpToDate');
  };

  it('keeps an update back by what was not there when it was decided', async () => {
    await deploy('notified');
    const tried = annotateBefore('notified', { 'plimsoll.dev/mode.web': 'notify' });
    await shop.push('notified', '1.1.0');
    await shop.saying('notified', 'NotifyOnly');
    assert.equal(await shop.imageOf('notified'), shop.image('notified', '1.0.0'));
    assert.equal(tried.length, 1);
  });

  it('keeps an undo back that is forbidden in that moment', async () => {
    await deploy('forbidden');
    const isUndo = ({ body }: ProxiedRequest) => body.includes('(undone)');
    const tried = annotateBefore('forbidden', { 'plimsoll.dev/rollback': 'never' }, isUndo);
    await shop.push('forbidden', '1.1.0', { crashes: true });
    await shop.outcome('forbidden', 'Failed');
    await shop.until('an attempt to put it back', async () => tried.length > 0);
    // A major is beyond the policy; that it is told shows that there was a look since.
    await shop.push('forbidden', '2.0.0');
    await shop.until('a further look', async () => (await shop.tracked('forbidden'))?.['latest'] === '2.0.0');
    assert.equal(await shop.imageOf('forbidden'), shop.image('forbidden', '1.1.0'));
    assert.equal(tried.length, 1);
  });
});
