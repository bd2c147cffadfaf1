import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const signal = new AbortController().signal;

/** Others write too, and people win; runs unchanged on the sandbox and on a real cluster. */
describe('what somebody else writes', { timeout: 600_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    shop.start();
  });

  /** A workload that was updated from 1.0.0 to 1.1.0. */
  const updated = async (name: string) => {
    await shop.push(name, '1.0.0');
    await shop.deploy({
      name,
      image: shop.image(name, '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    await shop.saying(name, 'UpToDate');
    await shop.push(name, '1.1.0');
    await shop.outcome(name, 'Verified');
  };

  /** Sets the image as a tool of that name does. */
  const setImage = async (name: string, tag: string, fieldManager: string) => {
    const path = objectPath(resources.deployments, shop.namespace, name);
    const operations = [
      {
        op: 'replace',
        path: '/spec/template/spec/containers/0/image',
        value: shop.image(name, tag),
      },
    ];
    await shop.admin.patch(path, operations, { type: 'json', query: { fieldManager }, signal });
  };

  const isStill = async (name: string, tag: string) => {
    const latest = `9.${Date.now()}.0`;
    await shop.push(name, latest);
    await shop.until('a further look', async () => (await shop.tracked(name))?.['latest'] === latest);
    assert.equal(await shop.imageOf(name), shop.image(name, tag));
  };

  it('is respected where a person goes back with kubectl set image, and told once', async () => {
    await updated('set');
    await setImage('set', '1.0.0', 'kubectl-set');
    const status = await shop.saying('set', 'ForeignChange');
    assert.match(String(status['message']), /kubectl-set put .*:1\.0\.0 in place of .*:1\.1\.0/);
    await isStill('set', '1.0.0');
    assert.equal((await shop.told('set', 'ForeignChange')).length, 1);
  });

  it('keeps nothing newer from coming', async () => {
    await shop.push('set', '1.2.0');
    await shop.arrived('set', '1.2.0');
  });

  it('is the new baseline where it is newer', async () => {
    await updated('newer');
    await shop.push('newer', '2.0.0');
    await setImage('newer', '2.0.0', 'some-pipeline');
    await shop.saying('newer', 'UpToDate');
    await shop.push('newer', '2.1.0');
    await shop.until('2.1.0', async () => (await shop.imageOf('newer'))?.endsWith(':2.1.0'));
  });

  it('is put right once where a tool applies an old manifest, and held when it comes again', async () => {
    await updated('apply');
    await setImage('apply', '1.0.0', 'kubectl-client-side-apply');
    await shop.until('1.1.0 to have arrived again', async () => {
      const history = listAt(await shop.tracked('apply'), 'history');
      return history.length === 2 && textAt(history[0], 'outcome') === 'Verified';
    });
    await setImage('apply', '1.0.0', 'kubectl-client-side-apply');
    const status = await shop.saying('apply', 'Reverted');
    assert.match(String(status['message']), /kubectl-client-side-apply put .*:1\.0\.0 back/);
    assert.equal(listAt(status, 'reverts').length, 2);
    await isStill('apply', '1.0.0');
  });

  it('is let go of by a retry', async () => {
    const path = objectPath(resources.trackedImages, shop.namespace, 'deployment.apply.web');
    await shop.admin.patch(path, { spec: { retry: new Date().toISOString() } }, { type: 'merge', signal });
    await shop.until('1.1.0 again', async () => (await shop.imageOf('apply'))?.endsWith(':1.1.0'));
  });

  it('is left to the tool that owns the workload, unless it is allowed', async () => {
    await shop.push('owned', '1.0.0');
    await shop.push('owned', '1.1.0');
    await shop.deploy({
      name: 'owned',
      image: shop.image('owned', '1.0.0'),
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    const status = await shop.saying('owned', 'ManagedElsewhere');
    assert.match(
      String(status['message']),
      /Flux owns the workload \(label kustomize\.toolkit\.fluxcd\.io\/name\)/,
    );
    assert.equal(await shop.imageOf('owned'), shop.image('owned', '1.0.0'));
    await shop.annotate('owned', { 'plimsoll.dev/managed-elsewhere': 'allow' });
    await shop.until('1.1.0', async () => (await shop.imageOf('owned'))?.endsWith(':1.1.0'));
  });

  it('is respected where it is done with the real kubectl', async (context) => {
    const kubectl = process.env['PLIMSOLL_TEST_KUBECTL'];
    if (backend.kind !== 'cluster' || !kubectl) return context.skip('there is no kubectl beside the sandbox');
    const run = (...words: readonly string[]) =>
      promisify(execFile)(kubectl, [
        `--kubeconfig=${backend.kubeconfig}`,
        `--namespace=${shop.namespace}`,
        ...words,
      ]);

    await updated('undo');
    await run('rollout', 'undo', 'deployment/undo');
    const undone = await shop.saying('undo', 'ForeignChange');
    context.diagnostic(String(undone['message']));
    await isStill('undo', '1.0.0');

    await updated('edit');
    await run('set', 'image', 'deployment/edit', `web=${shop.image('edit', '1.0.0')}`);
    const set = await shop.saying('edit', 'ForeignChange');
    context.diagnostic(String(set['message']));

    await updated('manifest');
    const containers = [{ name: 'web', image: shop.image('manifest', '1.0.0') }];
    const manifest = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'manifest', annotations: { 'plimsoll.dev/policy': 'minor' } },
      spec: {
        selector: { matchLabels: { app: 'manifest' } },
        template: { metadata: { labels: { app: 'manifest' } }, spec: { containers } },
      },
    };
    const folder = await mkdtemp(join(tmpdir(), 'plimsoll-manifest-'));
    undoing(context)(() => rm(folder, { recursive: true }));
    const file = join(folder, 'manifest.json');
    await writeFile(file, JSON.stringify(manifest));
    const apply = async (...flags: readonly string[]) => run('apply', ...flags, '-f', file);
    await apply();
    await shop.until('1.1.0 again', async () => (await shop.imageOf('manifest'))?.endsWith(':1.1.0'));
    await apply('--server-side', '--force-conflicts');
    const reverted = await shop.saying('manifest', 'Reverted');
    context.diagnostic(String(reverted['message']));
  });

  it('takes a restart back with the real kubectl: its pods run the new image all the same, and that is told', async (context) => {
    const kubectl = process.env['PLIMSOLL_TEST_KUBECTL'];
    if (backend.kind !== 'cluster' || !kubectl) return context.skip('there is no kubectl beside the sandbox');
    await shop.push('restarted', 'stable', { content: 'old' });
    await shop.deploy({
      name: 'restarted',
      image: shop.image('restarted', 'stable'),
      annotations: { 'plimsoll.dev/policy': 'digest' },
      pullPolicy: 'Always',
    });
    await shop.saying('restarted', 'UpToDate');
    const now = await shop.push('restarted', 'stable', { content: 'new' });
    await shop.outcome('restarted', 'Verified');
    const [restarted] = await shop.pods('restarted');
    const where = [`--kubeconfig=${backend.kubeconfig}`, `--namespace=${shop.namespace}`];
    await promisify(execFile)(kubectl, [...where, 'rollout', 'undo', 'deployment/restarted']);

    const [told] = await shop.told('restarted', 'ForeignChange');
    context.diagnostic(told?.note ?? '');
    assert.ok(told?.note.includes(`took the restart for ${now} back; its pods run that image all the same`));
    await shop.until('the pods of the undo', async () => {
      const pods = await shop.pods('restarted');
      return (
        pods.length === 1 && pods.every(({ ready, revision }) => ready && revision !== restarted?.revision)
      );
    });
    assert.deepEqual(await shop.runningDigests('restarted'), [now]);
    // It is not fought: nothing but the undo was written, and what it left is not proposed again.
    const generation = async () => numberAt(await shop.deployment('restarted'), 'metadata', 'generation');
    const before = await generation();
    const third = await shop.push('restarted', 'stable', { content: 'third' });
    await shop.until('the third image', async () => {
      const [last] = listAt(await shop.tracked('restarted'), 'history');
      return textAt(last, 'digest') === third && textAt(last, 'outcome') === 'Verified';
    });
    assert.equal(await generation(), (before ?? 0) + 1);
    await shop.push('restarted', 'stable', { content: 'new' });
    await shop.saying('restarted', 'ForeignChange');
    assert.deepEqual(await shop.runningDigests('restarted'), [third]);
    assert.equal((await shop.told('restarted', 'ForeignChange')).length, 1);
  });
});
