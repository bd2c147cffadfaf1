import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { version } from '../../src/version.ts';
import { Checkout, nodeRegistry, registriesFile } from '../support/checkout.ts';
import { earlierRevision, pushImageOf, putManifestsOf } from '../support/earlier-version.ts';
import {
  clearBase,
  controllerPods,
  eventually,
  kubectl,
  ownClusterOnly,
  removeBase,
  root,
  systemNamespace,
} from '../support/installation.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { Tenant } from '../support/tenant.ts';
import { undoing } from '../support/undoing.ts';

const definition = 'crds/plimsoll.dev_trackedimages.yaml';
const olderVersion = '0.0.1';
/** Without history, what is there now is called older. */
const earlier = earlierRevision();
const inNamespace = `--namespace ${systemNamespace}`;

/** The way of a user, from the version before to the end: each test goes on where the one before it stopped. */
suite('an install with Helm', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let checkout: Checkout;
  let tenant: Tenant;

  before(async () => {
    // A controller that is left behind by a test that failed would meddle with all those that follow.
    defer(removeBase);
    await clearBase();
    // Helm takes over nothing that others have made, and other tests have made these.
    await kubectl('delete', '--ignore-not-found', '-k', join(root, 'crds'));
    checkout = new Checkout();
    defer(() => checkout.remove());
    for (const tag of earlier === undefined ? [olderVersion, version] : [version]) {
      await checkout.run(`docker build --tag REGISTRY/plimsoll:${tag} . >build.log
        docker push REGISTRY/plimsoll:${tag}`);
    }
    if (earlier !== undefined) pushImageOf(earlier, checkout.folder, olderVersion);
    checkout.write('values.json', JSON.stringify({ registries: { config: registriesFile } }));
    tenant = await Tenant.open('helmed', '1.0.0');
    defer(() => tenant.close());
    await tenant.push('1.1.0');
  });

  test('is done by the commands of the documentation', async () => {
    makeOlder(checkout);
    const said = await checkout.paste('docs/install.md', 'With Helm');
    assert.match(said, /STATUS: deployed/);
    assert.match(said, /deployment "plimsoll" successfully rolled out/);
    assert.equal(await controllerImage(), `${nodeRegistry}/plimsoll:${olderVersion}`);
  });

  test('updates a real workload, and leaves an excluded namespace alone', async () => {
    await checkout.run(`helm upgrade plimsoll manifests/chart ${inNamespace} --reset-then-reuse-values \\
      --values values.json --set excludeNamespaces='{left-alone}'
      kubectl rollout status deployment plimsoll ${inNamespace}`);
    // Until it has ended, the replica before looks after every namespace.
    await theReplicaBeforeIsGone();
    const excluded = await Tenant.open('left-alone', '1.0.0');
    defer(() => excluded.close());
    await excluded.push('1.1.0');
    await tenant.runs('1.1.0');
    assert.equal(await excluded.told(), '');
    assert.deepEqual(
      (await excluded.pods()).map(({ image }) => image),
      [excluded.image('1.0.0')],
    );
  });

  test('is upgraded with its custom resources, and nothing restarts but the controller', async () => {
    const pods = await tenant.pods();
    const memories = await memoriesOf(tenant);
    assert.equal(await shortNames(), '["older"]');
    makeCurrent(checkout);

    await checkout.paste('docs/install.md', 'Upgrade', 'helm');

    await kubectl('rollout', 'status', 'deployment/plimsoll', '-n', systemNamespace, '--timeout=120s');
    assert.equal(await controllerImage(), `${nodeRegistry}/plimsoll:${version}`);
    assert.equal(await shortNames(), '["ti"]');
    await theReplicaBeforeIsGone();
    await eventually('the new controller to work', async () => (await controllerLog()).includes('"working"'));
    assert.deepEqual(await tenant.pods(), pods);
    assert.deepEqual(await memoriesOf(tenant), memories);
    await tenant.push('1.2.0');
    await tenant.runs('1.2.0');
  });

  test('says in one line which flag is wrong, and the replica before works on', async () => {
    await checkout.run(`helm upgrade plimsoll manifests/chart ${inNamespace} --reset-then-reuse-values \\
      --set extraArgs='{--poll-intervall=5m}'`);
    await eventually('the wrong flag to be told', async () => {
      const logs = await Promise.all(
        (await controllerPods()).map(async (pod) =>
          kubectl('logs', pod, '-n', systemNamespace).catch(() => ''),
        ),
      );
      return logs.some((log) => /^[^\n]*--poll-intervall[^\n]*; see plimsoll run --help\n$/.test(log));
    });
    const available = 'jsonpath={.status.availableReplicas}';
    assert.equal(await kubectl('get', 'deployment', 'plimsoll', '-n', systemNamespace, '-o', available), '1');
  });

  test('leaves nothing behind when it is removed', async () => {
    await checkout.paste('docs/install.md', 'Remove it', 'helm');
    await nothingIsLeft();
  });
});

/** The chart as it was, under another version, and with another definition. */
function makeOlder(checkout: Checkout): void {
  if (earlier !== undefined) putManifestsOf(earlier, checkout.folder);
  const chart = join(checkout.folder, 'manifests/chart');
  const about = readFileSync(join(chart, 'Chart.yaml'), 'utf8');
  checkout.write(
    'manifests/chart/Chart.yaml',
    about.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${olderVersion}`),
  );
  const text = readFileSync(join(chart, 'files', definition), 'utf8');
  checkout.write(
    `manifests/chart/files/${definition}`,
    text.replace('shortNames: [ti]', 'shortNames: [older]'),
  );
}

function makeCurrent(checkout: Checkout): void {
  for (const name of ['manifests', 'crds']) {
    rmSync(join(checkout.folder, name), { recursive: true });
    execFileSync('cp', ['-RL', join(root, name), checkout.folder]);
  }
}

async function shortNames(): Promise<string> {
  return kubectl('get', 'crd', 'trackedimages.plimsoll.dev', '-o', 'jsonpath={.spec.names.shortNames}');
}

async function theReplicaBeforeIsGone(): Promise<void> {
  await eventually('the replica before to be gone', async () => (await controllerPods()).length === 1);
}

async function controllerImage(): Promise<string> {
  const path = 'jsonpath={.spec.template.spec.containers[0].image}';
  return kubectl('get', 'deployment', 'plimsoll', '-n', systemNamespace, '-o', path);
}

async function controllerLog(): Promise<string> {
  return kubectl('logs', 'deployment/plimsoll', '-n', systemNamespace);
}

/** The TrackedImages of a tenant, with what they remember. */
async function memoriesOf({ namespace }: Tenant): Promise<string> {
  const status = '{.status.state} {.status.image} {.status.digest} {.status.history}';
  const path = `jsonpath={range .items[*]}{.metadata.uid} ${status}{end}`;
  return kubectl('get', 'trackedimages', '-n', namespace, '-o', path);
}
