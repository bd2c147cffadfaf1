import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Checkout } from '../support/checkout.ts';
import {
  applyObjects,
  clearBase,
  eventually,
  kubectl,
  ownClusterOnly,
  removeBase,
} from '../support/installation.ts';
import { undoing } from '../support/undoing.ts';

const namespace = 'image-updates';
const user = `system:serviceaccount:${namespace}:plimsoll`;

suite('an install in a namespace of another name', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();

  before(async () => {
    await clearBase();
    const checkout = new Checkout();
    defer(() => checkout.remove());
    defer(removeFromItsNamespace);
    await checkout.paste('docs/install.md', 'In a namespace of another name');
    defer(() => kubectl('delete', 'namespace', 'elsewhere', '--ignore-not-found', '--wait=false'));
    await applyObjects(shop, workload);
  });

  test('has everything there, and nothing in the one that it is called by elsewhere', async () => {
    const found = await kubectl('get', 'namespace,deployment,role,rolebinding', '-A', '-o', 'name', ...ours);
    assert.match(found, new RegExp(`^namespace/${namespace}$`, 'm'));
    assert.doesNotMatch(found, /plimsoll-system/);
    const subjects = 'jsonpath={.items[*].subjects[*].namespace}';
    const bindings = await kubectl('get', 'clusterrolebindings,rolebindings', '-A', ...ours, '-o', subjects);
    assert.deepEqual(new Set(bindings.split(' ')), new Set([namespace]));
  });

  test('is held to images by the admission policy', async () => {
    // An API server takes a moment until a policy is in force.
    await eventually('a write to be refused', async () =>
      attempt('/spec/replicas', 3).then(
        () => false,
        (error: unknown) => /ValidatingAdmissionPolicy 'plimsoll-workloads'/.test(String(error)),
      ),
    );
    await attempt('/spec/template/spec/containers/0/image', 'registry.example/app:1.1.0');
  });
});

const ours = ['-l', 'app.kubernetes.io/part-of=plimsoll'];
const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } };
const labels = { app: 'web' };
const workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'elsewhere' },
  spec: {
    replicas: 0,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'app', image: 'registry.example/app:1.0.0' }] },
    },
  },
};

/** Removes what was installed, as far as it was, but for the definitions, which other tests use. */
async function removeFromItsNamespace(): Promise<void> {
  await removeBase();
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
}

/** Tries to write a field of the workload as the service account, and leaves it as it is. */
async function attempt(path: string, value: unknown): Promise<string> {
  const operations = JSON.stringify([{ op: 'replace', path, value }]);
  const asked = ['patch', 'deployment', 'web', '-n', 'elsewhere', '--type=json', '-p', operations];
  return kubectl(...asked, '--dry-run=server', `--as=${user}`);
}
