import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isKubeError } from '../../src/kube/errors.ts';
import { listPath, resources } from '../../src/kube/resources.ts';
import { type JsonObject, numberAt } from '../../src/model/json.ts';
import { rolloutDefinition } from '../support/argo-definition.ts';
import { undoing } from '../support/undoing.ts';
import { Exhibit } from './exhibit.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The controller of Argo Rollouts is played by the test: what counts is what it says of itself in `status`. */
describe('an Argo Rollout', { timeout: 300_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    for (const tag of ['1.0.0', '1.1.0']) await shop.push('app', tag);
    await shop.admin.create(definitions, rolloutDefinition, { signal: forever }).catch((error: unknown) => {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    });
    await shop.until('the definition', async () => shop.find(listPath(resources.rollouts, shop.namespace)));
    shop.start();
  });

  async function make(name: string, spec: JsonObject = {}): Promise<Exhibit> {
    const image = shop.image('app', '1.0.0');
    const strategy = { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } };
    const parts = { image, policy: 'minor', spec: { replicas: 3, strategy, ...spec } };
    const rollout = await Exhibit.make(shop, 'Rollout', name, parts);
    await say(rollout, { phase: 'Healthy' });
    return rollout;
  }

  /** Says as the controller of Argo Rollouts would how its present generation stands. */
  async function say(rollout: Exhibit, status: JsonObject): Promise<void> {
    const generation = numberAt(await rollout.object(), 'metadata', 'generation');
    const counts = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
    await rollout.merge(
      { status: { observedGeneration: String(generation), ...counts, ...status } },
      '/status',
    );
  }

  const written = (rollout: Exhibit) =>
    shop.until('the update', async () => (await rollout.image()) === shop.image('app', '1.1.0'));

  it('is updated, followed by its phase while it is paused between steps, and verified', async () => {
    const rollout = await make('canary');
    await written(rollout);
    await say(rollout, { phase: 'Paused', message: 'CanaryPauseStep' });
    await shop.until('the pause to be told', async () =>
      String((await rollout.tracked())?.['message']).includes('Paused: CanaryPauseStep'),
    );
    await rollout.saying('RollingOut');

    await say(rollout, { phase: 'Healthy', message: '' });
    await rollout.outcome('Verified');
  });

  it('that is degraded has failed', async () => {
    const rollout = await make('aborted', {});
    await rollout.merge({ metadata: { annotations: { 'plimsoll.dev/rollback': 'never' } } });
    await written(rollout);
    await say(rollout, { phase: 'Degraded', message: 'RolloutAborted: metric "errors" failed' });
    const status = await rollout.outcome('Failed');
    assert.match(String(status['message']), /RolloutAborted/);
  });

  it('that somebody has paused is held', async () => {
    const rollout = await make('held', { paused: true });
    await rollout.saying('WorkloadPaused');
    assert.equal(await rollout.image(), shop.image('app', '1.0.0'));
  });

  it('with a workloadRef is followed by way of the Deployment that it names', async () => {
    await shop.deploy({ name: 'named', image: shop.image('app', '1.0.0') });
    await shop.annotate('named', { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '1s' });
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'named' };
    const body = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'by-reference', namespace: shop.namespace },
      spec: { replicas: 1, workloadRef, strategy: { blueGreen: { activeService: 'named' } } },
    };
    await shop.admin.create(listPath(resources.rollouts, shop.namespace), body, { signal: forever });
    await shop.outcome('named', 'Verified');
    assert.equal(await shop.imageOf('named'), shop.image('app', '1.1.0'));
  });

  it('with a workloadRef that is annotated itself is told where the annotation belongs', async () => {
    const body = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: {
        name: 'misplaced',
        namespace: shop.namespace,
        annotations: { 'plimsoll.dev/policy': 'minor' },
      },
      spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nowhere' } },
    };
    await shop.admin.create(listPath(resources.rollouts, shop.namespace), body, { signal: forever });
    const [told] = await shop.told('misplaced', 'InvalidPolicy');
    assert.match(told?.note ?? '', /is that of Deployment nowhere \(spec\.workloadRef\); annotate that one/);
  });

  it('of which no controller says anything is held, and says why', async () => {
    const parts = { image: shop.image('app', '1.0.0'), policy: 'minor', spec: { replicas: 3 } };
    const rollout = await Exhibit.make(shop, 'Rollout', 'alone', parts);
    const status = await rollout.saying('RolloutInProgress');
    assert.match(
      String(status['message']),
      /Argo Rollouts has said nothing of it; see that its controller runs/,
    );
    assert.equal(await rollout.image(), shop.image('app', '1.0.0'));
  });
});
