import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { connectTo } from '../behaviour/connection.ts';
import { Shop } from '../behaviour/shop.ts';
import { ApiProxy, type ProxiedRequest } from '../support/api-proxy.ts';
import { auditLines } from '../support/audit-log.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
/** How long the API server is away, in milliseconds. */
const away = 30_000;
/** Everybody waits longer with each failure, up to half a minute: the node, the controllers, and we. */
const recovery = 300_000;
/** A node that starts a crashed container again within seconds. */
const pace = { step: 30, backoff: { initial: 500, longest: 2_000 } };

/** A workload that is caught at a step of its update, by the request that is stopped there or by what its status says. */
interface Caught {
  readonly name: string;
  readonly step: string;
  readonly crashes?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly minReadySeconds?: number;
  readonly stopped?: (request: ProxiedRequest) => boolean;
  readonly says?: RegExp;
}

const tells =
  (name: string, outcome: string) =>
  ({ method, path, query, body }: ProxiedRequest) =>
    method === 'PATCH' &&
    !query.has('dryRun') &&
    path.endsWith(`/deployment.${name}.web/status`) &&
    body.includes(`"outcome":"${outcome}"`);
const writes =
  (name: string, isUndo: boolean) =>
  ({ method, path, body }: ProxiedRequest) =>
    method === 'PATCH' && path.endsWith(`/deployments/${name}`) && body.includes('(undone)') === isUndo;

const caught: readonly Caught[] = [
  {
    name: 'decided',
    step: 'an update is decided and not written',
    stopped: writes('decided', false),
  },
  {
    name: 'written',
    step: 'an update is written and not told',
    stopped: tells('written', 'InProgress'),
  },
  {
    name: 'going-on',
    step: 'a rollout goes on',
    minReadySeconds: 15,
    says: /replicas/,
  },
  {
    name: 'verifying',
    step: 'a rollout is being verified',
    annotations: { 'plimsoll.dev/verify-for': '15s' },
    says: /being verified/,
  },
  {
    name: 'failed',
    step: 'a rollout has failed and its undo is not written',
    crashes: true,
    stopped: writes('failed', true),
  },
  {
    name: 'undone',
    step: 'an undo is written and not told',
    crashes: true,
    stopped: tells('undone', 'RolledBack'),
  },
];

/**
 * One outage that catches a workload at each step of an update. Each comes out as if nothing had been: it runs the old image or
 * the new one, nothing was written twice, and status and events tell what happened.
 */
describe('an API server that is away for half a minute', { timeout: 600_000 }, () => {
  const defer = undoing();
  let cluster: OwnCluster;
  let shop: Shop;
  let proxy: ApiProxy;

  before(async () => {
    cluster = await startOwnCluster({ pace });
    defer(() => cluster.close());
    shop = await Shop.open(cluster);
    defer(() => shop.close());
    proxy = await ApiProxy.start(connectTo(cluster.kubeconfig));
    defer(() => proxy.close());
    const server = { namespace: shop.namespace, server: proxy.url };
    const kubeconfig = copyKubeconfig(cluster.kubeconfig, server);
    defer(() => kubeconfig.remove());
    const own = [`--namespace=${shop.namespace}`, '--address=127.0.0.1:0', '--poll-interval=1s'];
    const plimsoll = new PlimsollProcess(['run', `--kubeconfig=${kubeconfig.file}`, ...own]);
    defer(async () => {
      plimsoll.kill('SIGTERM');
      assert.equal(await plimsoll.ended(), 0);
    });
    await Promise.all(caught.map(deploy));
    // What is stopped waits; what goes on by itself is caught last, so that it is still at its step when the server goes.
    await Promise.all(caught.filter(({ stopped }) => stopped).map(catchIt));
    await Promise.all(caught.filter(({ stopped }) => !stopped).map(catchIt));

    await cluster.controlPlane.apiServer.kill();
    proxy.letGo();
    await setTimeout(away);
    await cluster.controlPlane.apiServer.start();
  });

  async function deploy({ name, annotations, minReadySeconds = 0 }: Caught): Promise<void> {
    await shop.push(name, '1.0.0');
    const ordinary = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '5s' };
    const image = shop.image(name, '1.0.0');
    await shop.deploy({ name, image, annotations: { ...ordinary, ...annotations } });
    const path = objectPath(resources.deployments, shop.namespace, name);
    await shop.admin.patch(path, { spec: { minReadySeconds } }, { type: 'merge', signal });
    await shop.saying(name, 'UpToDate');
  }

  async function catchIt({ name, crashes = false, stopped, says }: Caught): Promise<void> {
    let isStopped = stopped === undefined;
    if (stopped) void proxy.stopNext('before', stopped).then(() => (isStopped = true));
    await shop.push(name, '1.1.0', { crashes });
    await until(`${name} to be stopped`, () => isStopped, recovery);
    if (says) {
      await shop.until(`${name} to say ${says.source}`, async () =>
        says.test(textAt(await shop.tracked(name), 'message') ?? ''),
      );
    }
  }

  for (const { name, step, crashes = false } of caught) {
    const outcome = crashes ? 'RolledBack' : 'Verified';
    it(`while ${step} makes no difference`, async () => {
      const isOver = async () =>
        textAt(listAt(await shop.tracked(name), 'history')[0], 'outcome') === outcome;
      await until(`${name} to be ${outcome}`, isOver, recovery);
      const tag = crashes ? '1.0.0' : '1.1.0';
      const told = crashes
        ? ['RolledBack', 'RolloutFailed', 'UpdateApplied']
        : ['RolloutVerified', 'UpdateApplied'];
      await until(
        `the events of ${name}`,
        async () => (await shop.events(name)).length >= told.length,
        recovery,
      );

      assert.equal(await shop.imageOf(name), shop.image(name, tag));
      const history = listAt((await shop.tracked(name)) ?? {}, 'history');
      assert.deepEqual(
        history.map((entry) => [textAt(entry, 'from'), textAt(entry, 'to')]),
        [[shop.image(name, '1.0.0'), shop.image(name, '1.1.0')]],
      );
      const reasons = (await shop.events(name)).map(({ reason }) => reason);
      assert.deepEqual(reasons.toSorted(), told);
      const revisions = await shop.annotationsOf(name);
      const patches = crashes ? 2 : 1;
      assert.equal(revisions['deployment.kubernetes.io/revision'], String(1 + patches));
      assert.equal(patchesOf(cluster, name).length, patches, 'patches that the API server took');
      await shop.until(`the pods of ${name} to run ${tag}`, async () => {
        const pods = await shop.pods(name);
        return pods.length === 1 && pods.every(({ images }) => images.get('web') === shop.image(name, tag));
      });
    });
  }
});

/** The patches of a Deployment by the controller that were not refused, from the audit log. */
function patchesOf({ controlPlane }: OwnCluster, name: string): readonly unknown[] {
  return auditLines(controlPlane.auditLog)
    .filter((line) => line.includes('"verb":"patch"') && line.includes('"userAgent":"plimsoll/'))
    .map((line): unknown => JSON.parse(line))
    .filter((entry) => textAt(entry, 'objectRef', 'resource') === 'deployments')
    .filter((entry) => textAt(entry, 'objectRef', 'name') === name)
    .filter((entry) => numberAt(entry, 'responseStatus', 'code') === 200);
}
