import assert from 'node:assert/strict';
import { afterEach, before, describe, it, type TestContext } from 'node:test';
import type { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { listPath, resources } from '../../src/kube/resources.ts';
import { at, isJsonObject, type JsonObject, listAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { adminClient } from '../behaviour/connection.ts';
import { Exhibit } from '../behaviour/exhibit.ts';
import { Shop } from '../behaviour/shop.ts';
import { rolloutDefinition } from '../support/argo-definition.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { Robot } from '../support/robot.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ours = ['trackedimages.plimsoll.dev', 'imagepolicies.plimsoll.dev'];
/** Longer than the longest pause of a watcher. */
const patience = 60_000;

/** Nobody installs things in the right order. These tests begin with a cluster that has nothing of ours. */
describe('a controller that starts before what it needs', { timeout: 300_000 }, () => {
  const defer = undoing();
  let cluster: OwnCluster;
  let admin: KubeClient;
  let plimsoll: PlimsollProcess | undefined;

  before(async () => {
    cluster = await startOwnCluster();
    defer(() => cluster.close());
    admin = adminClient(cluster);
    defer(() => admin.close());
  });
  afterEach(async () => {
    plimsoll?.kill('SIGTERM');
    assert.equal(await plimsoll?.ended(), plimsoll && 0);
    plimsoll = undefined;
  });

  const start = (kubeconfig: string) =>
    new PlimsollProcess(['run', `--kubeconfig=${kubeconfig}`, '--address=127.0.0.1:0', '--poll-interval=1s']);

  async function openShop(context: TestContext): Promise<Shop> {
    const shop = await Shop.open(cluster);
    context.after(() => shop.close());
    return shop;
  }

  /** Waits until `/readyz` says something. */
  async function saying(running: PlimsollProcess, what: RegExp): Promise<void> {
    let last: string | undefined;
    const says = async () => {
      last = await running.serves('/readyz').then((answer) => answer?.text, String);
      return last !== undefined && what.test(last);
    };
    await until(`/readyz to say ${String(what)}`, says, patience).catch((error: unknown) =>
      assert.fail(`${String(error)}; it says ${last}`),
    );
  }

  /** Deletes our definitions where they are; returns what they were. */
  async function removeDefinitions(): Promise<readonly JsonObject[]> {
    const removed: JsonObject[] = [];
    for (const path of ours.map((name) => `${definitions}/${name}`)) {
      const present = async () =>
        admin.get(path, { signal }).catch((error: unknown) => {
          if (!isKubeError(error, 'NotFound')) throw error;
        });
      const definition = await present();
      if (definition === undefined) continue;
      removed.push(definition);
      await admin.delete(path, { signal });
      await until(`${path} to be gone`, async () => (await present()) === undefined, patience);
    }
    return removed;
  }

  it('says which permission and which custom resources are missing, and works when they have come', async (context) => {
    const robot = await Robot.make(admin, 'default', cluster.kubeconfig);
    context.after(() => robot.remove());
    plimsoll = start(robot.kubeconfig);
    await saying(plimsoll, /"system:serviceaccount:default:robot" cannot list resource "deployments"/);
    assert.equal((await plimsoll.serves('/livez'))?.text, 'ok\n');

    await robot.grant();
    await saying(plimsoll, /^the custom resources are not installed.*run: kubectl apply -f crds\/\n$/);

    const shop = await openShop(context);
    await saying(plimsoll, /^ok\n$/);
    await updates(shop, 'late');
  });

  it('whose custom resources are deleted says so, changes nothing, and goes on when they are back', async (context) => {
    const shop = await openShop(context);
    plimsoll = start(cluster.kubeconfig);
    await opens(shop, 'memory');
    await shop.saying('memory', 'UpToDate');
    await removeDefinitions();
    await saying(plimsoll, /custom resources are not installed/);

    await shop.push('memory', '1.1.0');
    const { log } = plimsoll;
    await until('an attempt', () => Boolean(plimsoll?.log.slice(log.length).some(isRetry)), patience);
    assert.equal(await shop.imageOf('memory'), shop.image('memory', '1.0.0'));

    await installDefinitions(admin, systemClock, signal);
    await saying(plimsoll, /^ok\n$/);
    await shop.outcome('memory', 'Verified');
  });

  it('is not ready with custom resources of another version, and says so', async (context) => {
    context.after(removeDefinitions);
    await installDefinitions(admin, systemClock, signal);
    for (const definition of await removeDefinitions()) {
      await admin.create(definitions, inVersion(definition, 'v9'), { signal });
    }
    const isServed = async () =>
      admin.get('/apis/plimsoll.dev/v9/trackedimages', { signal }).then(
        () => true,
        () => false,
      );
    await until('the other version', isServed, patience);
    plimsoll = start(cluster.kubeconfig);
    await saying(plimsoll, /or not in version v1alpha1/);
  });

  it('changes nothing with custom resources of an older release, says so, and goes on when they are replaced', async (context) => {
    await installDefinitions(admin, systemClock, signal);
    for (const definition of await removeDefinitions()) {
      await admin.create(definitions, withoutField(definition, 'templateHash'), { signal });
    }
    const shop = await openShop(context);
    plimsoll = start(cluster.kubeconfig);
    await opens(shop, 'older');
    await saying(
      plimsoll,
      /older than this controller and have no status\.history\.templateHash.*; run: kubectl apply -f crds\/\n$/,
    );
    await shop.push('older', '1.1.0');
    const asked = () => cluster.looks(shop.repository('older'))?.length ?? 0;
    const before = asked();
    await until('two more looks', () => asked() >= before + 4, patience);
    assert.equal(await shop.imageOf('older'), shop.image('older', '1.0.0'));

    await removeDefinitions();
    await installDefinitions(admin, systemClock, signal);
    await saying(plimsoll, /^ok\n$/);
    await shop.outcome('older', 'Verified');
  });

  it('finds Argo Rollouts when it is installed afterwards', async (context) => {
    const shop = await openShop(context);
    // An absent kind is looked for every five minutes; nobody wants to wait for that.
    const sleep: typeof systemClock.sleep = (wait, abort) => systemClock.sleep(Math.min(wait, 1_000), abort);
    shop.clock = { ...systemClock, sleep };
    await opens(shop, 'beside');
    shop.start();
    await shop.saying('beside', 'UpToDate');

    await admin.create(definitions, rolloutDefinition, { signal });
    await shop.until('the definition', () => shop.find(listPath(resources.rollouts, shop.namespace)));
    const parts = { image: shop.image('beside', '1.0.0'), policy: 'minor', spec: { replicas: 1 } };
    const rollout = await Exhibit.make(shop, 'Rollout', 'late', parts);
    await rollout.saying('UpToDate');
  });
});

/** A definition, served and stored in another version. */
function inVersion(definition: JsonObject, name: string): JsonObject {
  const { apiVersion, kind, spec } = definition;
  const versions = listAt(spec, 'versions').map((version) => ({
    ...(isJsonObject(version) ? version : {}),
    name,
  }));
  const metadata = { name: at(definition, 'metadata', 'name') };
  return { apiVersion, kind, metadata, spec: { ...(isJsonObject(spec) ? spec : {}), versions } };
}

/** A definition as it was before a field was added to it. */
function withoutField(definition: JsonObject, field: string): JsonObject {
  const { apiVersion, kind, spec } = definition;
  const text = JSON.stringify(spec, (key, value: unknown) => (key === field ? undefined : value));
  return { apiVersion, kind, metadata: { name: at(definition, 'metadata', 'name') }, spec: JSON.parse(text) };
}

/** Makes a Deployment that has a policy. */
async function opens(shop: Shop, name: string): Promise<void> {
  await shop.push(name, '1.0.0');
  const annotations = { 'plimsoll.dev/policy': 'minor' };
  await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations });
}

async function updates(shop: Shop, name: string): Promise<void> {
  await opens(shop, name);
  await shop.saying(name, 'UpToDate');
  await shop.push(name, '1.1.0');
  await shop.outcome(name, 'Verified');
}

function isRetry({ msg }: Readonly<Record<string, unknown>>): boolean {
  return String(msg).startsWith('will be tried again');
}
