import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { templateWritersAfter } from '../../src/kube/field-owners.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { undoing } from '../support/undoing.ts';
import { type Backend, startBackend } from './backend.ts';
import { Shop } from './shop.ts';

/** What fails is put back and not tried again; runs unchanged on the sandbox and on a real cluster. */
describe('a failed update is undone', { timeout: 600_000 }, () => {
  const deferAll = undoing();
  const defer = undoing({ after: afterEach });
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    backend = await startBackend();
    deferAll(() => backend.close());
  });
  // Three failures close the gate of a namespace, so that each test has one of its own.
  beforeEach(async () => {
    shop = await Shop.open(backend);
    defer(() => shop.close());
    shop.start();
  });

  const deploy = async (
    name: string,
    annotations: Readonly<Record<string, string>> = {},
    reason = 'UpToDate',
  ) => {
    await shop.push(name, '1.0.0');
    await shop.deploy({
      name,
      image: shop.image(name, '1.0.0'),
      annotations: {
        'plimsoll.dev/policy': 'minor',
        'plimsoll.dev/verify-for': '3s',
        'plimsoll.dev/rollout-deadline': '20s',
        ...annotations,
      },
    });
    await shop.saying(name, reason);
  };

  const generationOf = async (name: string) =>
    numberAt(await shop.deployment(name), 'metadata', 'generation');

  it('puts back an image that crashes, names the pod, does not try it again, and moves on to a newer one', async () => {
    await deploy('crash', { 'plimsoll.dev/rollout-deadline': '1h' });
    await shop.push('crash', '1.1.0', { crashes: true });
    const status = await shop.outcome('crash', 'RolledBack');
    assert.equal(status['state'], 'RolledBack');
    assert.equal(await shop.imageOf('crash'), shop.image('crash', '1.0.0'));
    assert.match(String(status['message']), /pod crash-\S+: web ends again and again/);
    assert.equal(textAt(listAt(status, 'rejected')[0], 'tag'), '1.1.0');

    await shop.until('the old image to run again', async () => {
      const pods = await shop.pods('crash');
      return pods.length === 1 && pods.every(({ ready }) => ready);
    });
    const before = await generationOf('crash');
    // A major is beyond the policy; that it is told shows that there was a look since.
    await shop.push('crash', '2.0.0');
    await shop.until('a further look', async () => (await shop.tracked('crash'))?.['latest'] === '2.0.0');
    assert.equal((await shop.tracked('crash'))?.['state'], 'RolledBack');
    assert.equal(await generationOf('crash'), before);
    for (const reason of ['RolloutFailed', 'RolledBack']) await shop.told('crash', reason);

    await shop.push('crash', '1.1.1');
    const later = await shop.arrived('crash', '1.1.1');
    assert.equal(await shop.imageOf('crash'), shop.image('crash', '1.1.1'));
    assert.equal(listAt(later, 'history').length, 2);
  });

  it('puts back an image that the node cannot pull, long before the deadline', async () => {
    await deploy('gone', { 'plimsoll.dev/rollout-deadline': '1h', 'plimsoll.dev/interval': '1h' });
    await shop.push('gone', '1.1.0');
    await shop.steer('deployment.gone.web', { hold: true, checkAt: new Date().toISOString() });
    await shop.saying('gone', 'PersonalHold');
    await backend.deleteTag(shop.repository('gone'), '1.1.0');
    // A hold that ends asks for no look, so that what was seen before is what is rolled out.
    await shop.steer('deployment.gone.web', { hold: false });
    const status = await shop.outcome('gone', 'RolledBack');
    assert.equal(await shop.imageOf('gone'), shop.image('gone', '1.0.0'));
    assert.match(String(status['message']), /cannot be pulled: .*not found/);
  });

  it('takes the next best tag where one is there', async () => {
    await shop.push('next', '1.0.5');
    await shop.push('next', '1.1.0', { crashes: true });
    await deploy('next', { 'plimsoll.dev/mode': 'notify' }, 'NotifyOnly');
    await shop.annotate('next', { 'plimsoll.dev/mode': null });
    const status = await shop.arrived('next', '1.0.5');
    assert.deepEqual(
      listAt(status, 'history').map((entry) => textAt(entry, 'outcome')),
      ['Verified', 'RolledBack'],
    );
    assert.equal(await shop.imageOf('next'), shop.image('next', '1.0.5'));
  });

  it('tries again when a person says so', async () => {
    await deploy('retry');
    await shop.push('retry', '1.1.0', { crashes: true });
    await shop.outcome('retry', 'RolledBack');
    const path = objectPath(resources.trackedImages, shop.namespace, 'deployment.retry.web');
    const signal = new AbortController().signal;
    await shop.admin.patch(path, { spec: { retry: new Date().toISOString() } }, { type: 'merge', signal });
    await shop.until('a second update', async () => {
      const history = listAt(await shop.tracked('retry'), 'history');
      return history.length === 2;
    });
  });

  it('leaves a failed update where it is told to, and puts it back when whoever made the workload says so', async () => {
    await deploy('never', { 'plimsoll.dev/rollback': 'never' });
    await shop.push('never', '1.1.0', { crashes: true });
    const status = await shop.outcome('never', 'Failed');
    assert.equal(status['reason'], 'RolloutFailed');
    assert.equal(await shop.imageOf('never'), shop.image('never', '1.1.0'));

    await shop.annotate('never', { 'plimsoll.dev/rollback': null });
    await shop.outcome('never', 'RolledBack');
    assert.equal(await shop.imageOf('never'), shop.image('never', '1.0.0'));
  });

  it('puts a failed update back although whoever made the workload annotates it meanwhile', async () => {
    await deploy('annotated', { 'plimsoll.dev/rollout-deadline': '1h' });
    await shop.push('annotated', '1.1.0', { crashes: true });
    await shop.outcome('annotated', 'InProgress');
    await shop.until('an annotation of a later second than the update', async () => {
      await shop.annotate('annotated', { 'example.com/touched': String(performance.now()) });
      const object = await shop.deployment('annotated');
      const [other] = templateWritersAfter(object, Date.now(), 'plimsoll');
      return other !== undefined;
    });
    assert.equal(await shop.imageOf('annotated'), shop.image('annotated', '1.1.0'));
    await shop.outcome('annotated', 'RolledBack');
    assert.equal(await shop.imageOf('annotated'), shop.image('annotated', '1.0.0'));
  });

  it('judges nothing, and puts nothing back, where the template was changed meanwhile', async () => {
    await deploy('changed', { 'plimsoll.dev/rollout-deadline': '1h' });
    await shop.push('changed', '1.1.0', { crashes: true });
    await shop.outcome('changed', 'InProgress');
    const path = objectPath(resources.deployments, shop.namespace, 'changed');
    const env = [{ name: 'COLOUR', value: 'blue' }];
    const operation = { op: 'add', path: '/spec/template/spec/containers/0/env', value: env };
    const query = { fieldManager: 'some-pipeline' };
    const { signal } = new AbortController();
    await shop.admin.patch(path, [operation], { type: 'json', query, signal });
    await shop.outcome('changed', 'Superseded');
    assert.equal(await shop.imageOf('changed'), shop.image('changed', '1.1.0'));
    const [told] = await shop.told('changed', 'RolloutSuperseded');
    assert.match(told?.note ?? '', /(some-pipeline|somebody).* changed the pod template after the update/);
  });
});
