import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { at, isJsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import { version } from '../../src/version.ts';
import {
  type Architecture,
  imageName,
  otherArchitecture,
  ownArchitecture,
  storageArguments,
} from '../image/build.ts';
import { auditedRequests, auditPosition, isRefused } from '../support/audit-log.ts';
import { Checkout, nodeRegistry, registriesFile } from '../support/checkout.ts';
import {
  clearBase,
  controllerPods,
  eventually,
  kubectl,
  ownClusterOnly,
  removeBase,
  required,
  systemNamespace,
} from '../support/installation.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { allowed, permissionOf } from '../support/permissions.ts';
import { Tenant } from '../support/tenant.ts';
import { undoing } from '../support/undoing.ts';

/** Where the image is pushed to: not where another test pushes another image under the same tag. */
const folder = 'kustomized';
const repository = `${folder}/plimsoll`;

/** The way of a user, from the README to the end: each test goes on where the one before it stopped. */
suite('an install with kustomize', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let checkout: Checkout;
  let tenant: Tenant;
  let begin: number;

  before(async () => {
    // A controller that is left behind by a test that failed would meddle with all those that follow.
    defer(removeBase);
    await clearBase();
    begin = auditPosition();
    checkout = new Checkout(`${nodeRegistry}/${folder}`);
    defer(() => checkout.remove());
    tenant = await Tenant.open('kustomized', '1.0.0');
    defer(() => tenant.close());
    await tenant.push('1.1.0');
  });

  test('is done by the commands of the README', async () => {
    const said = await checkout.paste('README.md', 'Install it');
    assert.match(said, /deployment "plimsoll" successfully rolled out/);
  });

  test('runs the image of the Dockerfile, as nobody and with nothing to write to', async () => {
    const image = await pulled();
    const labels = at(image.config, 'config', 'Labels');
    assert.equal(textAt(labels, 'org.opencontainers.image.title'), 'plimsoll');
    assert.equal(textAt(labels, 'org.opencontainers.image.version'), version);
    assert.equal(textAt(image.config, 'config', 'User'), '65532:65532');
    const path = '{.items[0].status.containerStatuses[0].imageID}';
    const running = await kubectl('get', 'pods', '-n', systemNamespace, '-o', `jsonpath=${path}`);
    // A node that has the same image under several names reports any of them.
    assert.match(image.digest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(running.endsWith(`@${image.digest}`), `${running}, not ${image.digest}`);
  });

  test('has the same program in the image of another architecture', async () => {
    const [here, elsewhere] = [await builtFor(ownArchitecture), await builtFor(otherArchitecture)];
    assert.equal(textAt(here, 'architecture'), ownArchitecture);
    assert.equal(textAt(elsewhere, 'architecture'), otherArchitecture);
    const [, ...application] = listAt(here, 'rootfs', 'diff_ids');
    assert.deepEqual(listAt(elsewhere, 'rootfs', 'diff_ids').slice(1), application);
  });

  test('adds no more than 5 MB to the base image, among it a bill of materials', async () => {
    const { layers } = await pulled();
    const [, ...application] = layers;
    const bytes = application.reduce((sum, layer) => sum + (numberAt(layer, 'size') ?? Number.NaN), 0);
    assert.ok(bytes < 5_000_000, `${bytes} bytes`);
    const files = await Promise.all(application.map(async (layer) => blob(textAt(layer, 'digest') ?? '')));
    const content = Buffer.concat(files.map((file) => gunzipSync(file))).toString('latin1');
    assert.match(content, /app\/dist\/sbom\.cdx\.json/);
    assert.match(content, /"bomFormat": "CycloneDX"/);
  });

  test('updates a real workload, once its registries file says how to reach the registry', async () => {
    checkout.write('registries.yaml', JSON.stringify(registriesFile));
    await checkout.paste('docs/install.md', 'Mirrors, own authorities, credentials');
    await tenant.runs('1.1.0');
    await eventually('the replica before to be gone', async () => (await controllerPods()).length === 1);
  });

  test('tells what is in force, more when it is asked to, and stands still for a while', async () => {
    const inForce = await checkout.paste('docs/operate.md', 'Configuration');
    assert.match(inForce, /^poll-interval: /m);
    await checkout.paste('docs/operate.md', 'Log', 'SIGUSR1');
    await eventually('the signals to be heard', async () => {
      const warnings = await checkout.paste('docs/operate.md', 'Log', 'grep');
      return /log level is now debug[^]*log level is now info/.test(warnings);
    });
    await checkout.paste('docs/operate.md', 'Stop it for a while');
    await eventually('no pod of the controller', async () => (await controllerPods()).length === 0);
  });

  test('has one leader of two replicas with the overlay for that', async () => {
    await checkout.run(`sed -i s#manifests/base#manifests/overlays/ha# my-cluster/kustomization.yaml
      kubectl apply -k my-cluster
      kubectl rollout status deployment plimsoll --namespace plimsoll-system`);
    await eventually('one of two to lead', async () => {
      const names = (await controllerPods()).map((pod) => pod.replace('pod/', ''));
      const path = 'jsonpath={.spec.holderIdentity}';
      const holder = await kubectl('get', 'lease', 'plimsoll', '-n', systemNamespace, '-o', path);
      return names.length === 2 && names.filter((name) => holder.startsWith(`${name}_`)).length === 1;
    });
    const disruptions = 'jsonpath={.status.disruptionsAllowed}';
    await eventually(
      'one of them to be spared',
      async () =>
        (await kubectl(
          'get',
          'poddisruptionbudget',
          'plimsoll',
          '-n',
          systemNamespace,
          '-o',
          disruptions,
        )) === '1',
    );
    await tenant.push('1.2.0');
    await tenant.runs('1.2.0');
  });

  test('asked for nothing that its roles do not allow, and was refused nothing', async () => {
    // The controller works in all namespaces, and somebody may have left behind what it would need a role for.
    const within = ['', tenant.namespace, systemNamespace];
    const asked = auditedRequests(begin)
      .filter(({ resource }) => resource !== '')
      .filter(({ namespace }) => within.includes(namespace));
    assert.deepEqual(asked.filter(isRefused), []);
    const roles = await allowed();
    assert.deepEqual(
      [...new Set(asked.map(permissionOf))].filter((each) => !roles.has(each)),
      [],
    );
  });

  test('leaves nothing behind but annotations when it is removed', async () => {
    await checkout.paste('docs/install.md', 'Remove it');
    await nothingIsLeft();
    assert.deepEqual(await tenant.annotations(), [
      'example.com/theirs',
      'kubernetes.io/change-cause',
      'plimsoll.dev/interval',
      'plimsoll.dev/last-update',
      'plimsoll.dev/policy',
      'plimsoll.dev/verify-for',
    ]);
    assert.deepEqual(
      (await tenant.pods()).map(({ image }) => image),
      [tenant.image('1.2.0')],
    );
  });
});

/** The configuration of the image that the runner has built for an architecture. */
async function builtFor(architecture: Architecture): Promise<unknown> {
  const own = storageArguments(required('PLIMSOLL_TEST_IMAGE'));
  const format = ['inspect', '--type=image', '--format={{.Config}}', imageName(architecture)];
  return JSON.parse((await promisify(execFile)('buildah', [...own, ...format])).stdout);
}

/** The image as a node pulls it. */
async function pulled() {
  const url = `http://${required('PLIMSOLL_TEST_REGISTRY')}/v2/${repository}/manifests/${version}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(url, { headers: { accept } });
  const digest = answer.headers.get('docker-content-digest') ?? '';
  const manifest: unknown = await answer.json();
  const config: unknown = JSON.parse((await blob(textAt(manifest, 'config', 'digest') ?? '')).toString());
  const layers = listAt(manifest, 'layers').filter(isJsonObject);
  return { digest, config, layers };
}

async function blob(digest: string): Promise<Buffer> {
  const answer = await fetch(`http://${required('PLIMSOLL_TEST_REGISTRY')}/v2/${repository}/blobs/${digest}`);
  assert.ok(answer.ok, `no blob ${digest}`);
  return Buffer.from(await answer.arrayBuffer());
}
