import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listAt } from '../../src/model/json.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

describe('a workload is left alone, and it is said why', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    shop.start();
  });

  const deploy = async (name: string, tag: string, annotations: Readonly<Record<string, string>>) => {
    await shop.push(name, tag);
    await shop.deploy({ name, image: shop.image(name, tag), annotations });
  };

  it('stays where only a major, another variant or another precision appeared', async () => {
    await shop.push('major', '2.0.0');
    await shop.push('major', '1.4.9-alpine');
    await shop.push('major', '1.5');
    await deploy('major', '1.4.2', { 'plimsoll.dev/policy': 'minor' });
    const status = await shop.saying('major', 'NoCompatibleTag');
    assert.equal(status['latest'], '2.0.0');
    assert.match(String(status['message']), /2\.0\.0 is newer and beyond it/);
    assert.equal(await shop.imageOf('major'), shop.image('major', '1.4.2'));
  });

  it('stays where its tag vanished and nothing newer is there', async () => {
    await shop.push('vanish', '1.0.0');
    await deploy('vanish', '1.1.0', { 'plimsoll.dev/policy': 'major' });
    await shop.saying('vanish', 'UpToDate');
    await backend.deleteTag(shop.repository('vanish'), '1.1.0');
    await shop.saying('vanish', 'TagMissing');
    assert.equal(await shop.imageOf('vanish'), shop.image('vanish', '1.1.0'));
  });

  it('stays under a broken annotation, says which one, and goes on when it is mended', async () => {
    await deploy('broken', '1.0.0', { 'plimsoll.dev/policy': 'minro' });
    await shop.push('broken', '1.1.0');
    const status = await shop.saying('broken', 'InvalidPolicy');
    assert.match(
      String(status['message']),
      /plimsoll\.dev\/policy = "minro" is not a policy; did you mean "minor"\?/,
    );
    await shop.told('broken', 'InvalidPolicy');

    await shop.annotate('broken', { 'plimsoll.dev/policy': 'minor' });
    await shop.outcome('broken', 'Verified');
    assert.equal(await shop.imageOf('broken'), shop.image('broken', '1.1.0'));
  });

  it('tells and does not apply under mode notify', async () => {
    await shop.push('notify', '1.1.0');
    await deploy('notify', '1.0.0', { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/mode': 'notify' });
    const status = await shop.saying('notify', 'NotifyOnly');
    assert.equal(status['candidate'], '1.1.0');
    assert.equal(await shop.imageOf('notify'), shop.image('notify', '1.0.0'));
  });

  it('holds for a person, and goes on within a moment of being let go', async () => {
    await deploy('held', '1.0.0', { 'plimsoll.dev/policy': 'minor' });
    await shop.saying('held', 'UpToDate');
    await shop.steer('deployment.held.web', { hold: true });
    await shop.push('held', '1.1.0');
    await shop.saying('held', 'PersonalHold');
    assert.equal(await shop.imageOf('held'), shop.image('held', '1.0.0'));
    await shop.steer('deployment.held.web', { hold: false });
    await shop.outcome('held', 'Verified');
  });

  it('holds a suspended and a paused workload', async () => {
    await shop.push('suspended', '1.1.0');
    await deploy('suspended', '1.0.0', { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/suspend': 'true' });
    await shop.saying('suspended', 'Suspended');

    await deploy('paused', '1.0.0', { 'plimsoll.dev/policy': 'minor' });
    await shop.saying('paused', 'UpToDate');
    const path = objectPath(resources.deployments, shop.namespace, 'paused');
    await shop.admin.patch(
      path,
      { spec: { paused: true } },
      { type: 'merge', signal: new AbortController().signal },
    );
    await shop.push('paused', '1.1.0');
    await shop.saying('paused', 'WorkloadPaused');
    assert.equal(await shop.imageOf('paused'), shop.image('paused', '1.0.0'));
  });

  it('tells a repository that does not exist, and the rest of the fleet goes on', async () => {
    await deploy('fleet', '1.0.0', { 'plimsoll.dev/policy': 'minor' });
    await shop.annotate('fleet', { 'plimsoll.dev/policy.web': 'minor' });
    await shop.push('ghost', '1.0.0');
    await deploy('ghost', '1.0.0', { 'plimsoll.dev/policy': 'none' });
    const containers = [{ name: 'web', image: shop.image('never-pushed', '1.0.0') }];
    const path = objectPath(resources.deployments, shop.namespace, 'ghost');
    const body = {
      metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } },
      spec: { template: { spec: { containers } } },
    };
    await shop.admin.patch(path, body, { type: 'merge', signal: new AbortController().signal });
    await shop.saying('ghost', 'RepositoryNotFound');

    await shop.push('fleet', '1.1.0');
    await shop.outcome('fleet', 'Verified');
  });

  it('puts back a rollout that fails, and tells it', async () => {
    await shop.push('crash', '1.0.0');
    await shop.deploy({
      name: 'crash',
      image: shop.image('crash', '1.0.0'),
      annotations: {
        'plimsoll.dev/policy': 'minor',
        'plimsoll.dev/verify-for': '4s',
        'plimsoll.dev/rollout-deadline': '20s',
      },
    });
    await shop.saying('crash', 'UpToDate');
    await shop.push('crash', '1.1.0', { crashes: true });
    const status = await shop.outcome('crash', 'RolledBack');
    assert.equal(status['reason'], 'RolledBack');
    assert.equal(await shop.imageOf('crash'), shop.image('crash', '1.0.0'));
    assert.equal(listAt(status, 'history').length, 1);
  });

  it('moves on from a failed rollout when something newer appears', async () => {
    await shop.push('crash', '1.1.1');
    const status = await shop.arrived('crash', '1.1.1');
    assert.equal(listAt(status, 'history').length, 2);
    assert.equal(await shop.imageOf('crash'), shop.image('crash', '1.1.1'));
  });
});
