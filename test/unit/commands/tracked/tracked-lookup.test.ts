import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Subject } from '../../../../src/commands/subject.ts';
import { findTracked } from '../../../../src/commands/tracked/tracked-lookup.ts';
import { deployment } from '../../../support/deployments.ts';
import { FakeKubeClient, kubeError } from '../../../support/fake-kube-client.ts';
import { path, trackedObject } from '../handle/tracked-object.ts';

const { signal } = new AbortController();
const deployments = '/apis/apps/v1/namespaces/shop/deployments';
const web: Subject = { of: 'workload', workload: { kind: 'Deployment', name: 'web' } };
const api: Subject = { of: 'workload', workload: { kind: 'Deployment', name: 'api' } };

let cluster: FakeKubeClient;

beforeEach(() => {
  cluster = new FakeKubeClient();
  cluster.put(path, trackedObject());
});

const find = (subject: Subject | undefined, container?: string) =>
  findTracked(cluster, { subject, container, namespace: 'shop' }, signal);

/** Why something is not found. */
async function refusal(subject: Subject, container?: string): Promise<string> {
  const found = await find(subject, container);
  return found.ok ? assert.fail('it was found') : found.message;
}

/** The names of what is found. */
async function names(subject: Subject | undefined, container?: string): Promise<readonly string[]> {
  const found = await find(subject, container);
  return found.ok ? found.images.map(({ name }) => name) : assert.fail(found.message);
}

describe('what is tracked is found', () => {
  it('by its workload, by its container, by its own name, or all of it', async () => {
    assert.deepEqual(await names(web), ['deployment.web.app']);
    assert.deepEqual(await names(web, 'app'), ['deployment.web.app']);
    assert.deepEqual(await names({ of: 'trackedImage', name: 'deployment.web.app' }), ['deployment.web.app']);
    assert.deepEqual(await names(undefined), ['deployment.web.app']);
  });
});

describe('what is not tracked', () => {
  it('is missed by the closest name that is', async () => {
    const wbe: Subject = { of: 'workload', workload: { kind: 'Deployment', name: 'wbe' } };
    assert.equal(await refusal(wbe), 'there is no Deployment wbe in namespace shop; did you mean "web"?');
    assert.match(
      await refusal({ of: 'trackedImage', name: 'deployment.web.ap' }),
      /no TrackedImage deployment\.web\.ap .* did you mean "deployment\.web\.app"\?$/,
    );
    assert.equal(await refusal(web, 'side'), 'Deployment web has no tracked container "side"; it has app');
  });

  it('is told from what has a policy that nobody has read yet', async () => {
    cluster.put(`${deployments}/api`, deployment({ name: 'api', annotations: {} }));
    assert.match(
      await refusal(api),
      /^Deployment api is not tracked: annotate it with plimsoll\.dev\/policy/,
    );
    for (const policy of ['minor', 'minro']) {
      const annotations = { 'plimsoll.dev/policy': policy };
      cluster.put(`${deployments}/api`, deployment({ name: 'api', annotations }));
      assert.match(await refusal(api), /^Deployment api has a policy, and the controller has not told/);
    }
  });

  it('may be a workload that the person may not see', async () => {
    cluster.before = ({ path: asked }) => {
      if (asked.startsWith(deployments)) throw kubeError('Forbidden', 'no');
    };
    assert.match(
      await refusal(api),
      /not tracked in namespace shop, or does not exist; you may not read deployments/,
    );
  });
});
