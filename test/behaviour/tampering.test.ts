import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isKubeError } from '../../src/kube/errors.ts';
import { kinds } from '../../src/kube/kinds.ts';
import { apiVersionOf, listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { at, type JsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import { rolloutDefinition } from '../support/argo-definition.ts';
import { undoing } from '../support/undoing.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const { signal } = new AbortController();
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const rollouts = kinds.Rollout.resource;

/** What people and other programs do to objects that a controller rests on: its own, and those that it follows. */
describe('somebody tampers', { timeout: 300_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    await shop.admin.create(definitions, rolloutDefinition, { signal }).catch((error: unknown) => {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    });
    await shop.until('the definition', () => shop.find(listPath(rollouts, shop.namespace)));
    for (const tag of ['1.0.0', '1.1.0']) await shop.push('app', tag);
    shop.start();
  });

  const annotations = { 'plimsoll.dev/policy': 'minor' };
  const handle = (name: string) =>
    objectPath(resources.trackedImages, shop.namespace, `deployment.${name}.web`);

  /** A Deployment without pods that was updated. */
  async function updated(name: string): Promise<JsonObject> {
    await shop.deploy({ name, image: shop.image('app', '1.0.0'), annotations, replicas: 0 });
    return shop.outcome(name, 'Unverified');
  }

  it('and deletes a TrackedImage: it is made again, and nothing is done twice', async () => {
    await updated('forgotten');
    const generation = numberAt(await shop.deployment('forgotten'), 'metadata', 'generation');
    const { uid } = (await shop.admin.get(handle('forgotten'), { signal }))['metadata'] as JsonObject;

    await shop.admin.delete(handle('forgotten'), { signal });

    const made = await shop.until('another one', async () => {
      const found = await shop.find(handle('forgotten'));
      return (
        textAt(found, 'metadata', 'uid') !== uid && textAt(found, 'status', 'reason') === 'UpToDate' && found
      );
    });
    // The update is remembered by the workload itself.
    assert.equal(textAt(listAt(made, 'status', 'history')[0], 'to'), shop.image('app', '1.1.0'));
    assert.equal(numberAt(await shop.deployment('forgotten'), 'metadata', 'generation'), generation);
  });

  it('and writes into the status of a TrackedImage: it is put right', async () => {
    await updated('edited');
    const lie = { state: 'Error', reason: 'Suspended', message: 'all is lost', latest: '9.9.9' };
    await shop.admin.patch(`${handle('edited')}/status`, { status: lie }, { type: 'merge', signal });

    const status = await shop.saying('edited', 'UpToDate');
    assert.deepEqual([status['state'], status['latest']], ['UpToDate', '1.1.0']);
    assert.notEqual(status['message'], lie.message);
  });

  it('and takes the name of a TrackedImage: that is told, and others go on', async () => {
    const body = {
      apiVersion: 'plimsoll.dev/v1alpha1',
      kind: 'TrackedImage',
      metadata: { name: 'deployment.taken.web' },
    };
    await shop.admin.create(listPath(resources.trackedImages, shop.namespace), body, { signal });
    await shop.deploy({ name: 'taken', image: shop.image('app', '1.0.0'), annotations, replicas: 0 });

    await shop.until('a word about it', async () =>
      shop.logs.some((line) =>
        line.includes('deployment.taken.web was not made by Plimsoll; delete it to go on'),
      ),
    );
    assert.equal(await shop.imageOf('taken'), shop.image('app', '1.0.0'));
    await updated('other');
    await shop.admin.delete(handle('taken'), { signal });
    await shop.outcome('taken', 'Unverified');
  });

  it('and makes objects that are hardly any: what can be followed is, and nothing breaks', async () => {
    const image = shop.image('app', '1.0.0');
    const templates: Readonly<Record<string, unknown>> = {
      nothing: {},
      'no-list': { spec: { containers: 'web' } },
      'no-objects': { spec: { containers: [null, 7, [], 'web', {}] } },
      'no-name': { spec: { containers: [{ image }] } },
      'no-image': { spec: { containers: [{ name: 'web' }] } },
      twice: {
        spec: {
          containers: [
            { name: 'web', image },
            { name: 'web', image: 'other:1' },
          ],
        },
      },
      hostile: {
        spec: {
          containers: [
            { name: '../../secrets', image },
            { name: 'web', image },
          ],
        },
      },
    };
    for (const [name, template] of Object.entries(templates)) await makeRollout(name, { template });
    await makeRollout('no-template', {});

    for (const name of ['twice', 'hostile']) await updatedRollout(name);
    await shop.until('the missing image to be told', async () => {
      const path = objectPath(resources.trackedImages, shop.namespace, 'rollout.no-image.web');
      return textAt(await shop.find(path), 'status', 'reason') === 'InvalidImage';
    });
    await updated('after-all');
  });

  it('and gives things the longest names and largest annotations: they are followed as others are', async () => {
    const long = `${'a'.repeat(62)}.${'b'.repeat(62)}.${'c'.repeat(62)}.${'d'.repeat(61)}`;
    await makeRollout(long, {
      template: { spec: { containers: [{ name: 'w'.repeat(63), image: shop.image('app', '1.0.0') }] } },
    });
    await updatedRollout(long);

    await shop.deploy({
      name: 'large',
      image: shop.image('app', '1.0.0'),
      annotations: { ...annotations, note: 'x'.repeat(250_000) },
      replicas: 0,
    });
    await shop.outcome('large', 'Unverified');
    assert.equal((await shop.annotationsOf('large'))['note']?.length, 250_000);
  });

  async function makeRollout(name: string, spec: JsonObject): Promise<void> {
    const body = {
      apiVersion: apiVersionOf(rollouts),
      kind: 'Rollout',
      metadata: { name, namespace: shop.namespace, annotations },
      spec: { replicas: 0, selector: { matchLabels: { app: 'rollout' } }, ...spec },
    };
    await shop.admin.create(listPath(rollouts, shop.namespace), body, { signal });
    const status = { observedGeneration: '1', phase: 'Healthy' };
    const path = objectPath(rollouts, shop.namespace, name, 'status');
    await shop.admin.patch(path, { status }, { type: 'merge', signal });
  }

  /** Waits until a container has the newer image. */
  async function updatedRollout(name: string): Promise<void> {
    await shop.until(`the update of ${name}`, async () => {
      const containers = listAt(
        await shop.find(objectPath(rollouts, shop.namespace, name)),
        'spec',
        'template',
        'spec',
        'containers',
      );
      return containers.some((container) => at(container, 'image') === shop.image('app', '1.1.0'));
    });
  }
});
