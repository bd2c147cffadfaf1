import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspector, type Inspection } from '../../../../src/commands/preview/inspector.ts';
import { PolicySources } from '../../../../src/controllers/policies/policy-sources.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import { rejectedLimit } from '../../../../src/model/tracked-image.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { digestOf, FakeRegistry } from '../../../support/fake-registry.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const app = 'docker.io/library/app';
const digest = digestOf('new');

interface Given {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: JsonObject;
  /** What the controller remembers of the container. */
  readonly status?: JsonObject;
  /** What is there besides 1.0.0 and 1.1.0. */
  readonly tags?: readonly string[];
}

/** Inspects a workload at 1.0.0 for which 1.1.0 is there, in a cluster that remembers something of it. */
async function inspect({ annotations, spec = {}, status = {}, tags = [] }: Given): Promise<Inspection> {
  const workload = aWorkload({
    containers: { app: 'app:1.0.0' },
    annotations: { 'plimsoll.dev/policy': 'minor', ...annotations },
  });
  const { name, namespace } = workload.ref;
  const tracked = readTrackedImage({
    metadata: {
      name: 'deployment.web.app',
      namespace,
      labels: { 'plimsoll.dev/container': 'app' },
      ownerReferences: [{ kind: 'Deployment', name, uid: workload.uid }],
    },
    spec,
    status: { image: 'app:1.0.0', reason: 'UpToDate', ...status },
  });
  assert.ok(tracked);
  const registry = new FakeRegistry();
  registry.push(app, '1.0.0', digestOf('old'));
  registry.push(app, '1.1.0', digest);
  for (const tag of tags) registry.push(app, tag);
  const inspector = new Inspector({
    registry,
    clock: new FakeClock(now),
    defaults: { interval: 300_000, keelAnnotations: true },
    landscape: {
      workloads: [workload],
      sources: new PolicySources(),
      trackedOf: () => tracked,
      trackedIn: () => [tracked],
      credentials: { resolve: async () => ({ credentials: [], identity: 'anonymous', problems: [] }) },
      running: async () => ({
        digests: new Map([['app', [digestOf('old')]]]),
        platforms: [],
      }),
      warnings: [],
    },
  });
  const [inspection] = await inspector.inspect([workload], new AbortController().signal);
  assert.ok(inspection);
  return inspection;
}

const failed = (at: string, of: string) => ({ digest: of, tag: '0.9.0', reason: 'RolloutFailed', at });

for (const [reason, opensAt, given] of [
  ['UpdateAvailable', undefined, {}],
  ['PersonalHold', undefined, { spec: { hold: true } }],
  [
    'Reverted',
    undefined,
    {
      status: {
        reverts: [
          { manager: 'helm', image: 'app:1.0.0', at: '2026-11-21T11:30:00Z' },
          { manager: 'helm', image: 'app:1.0.0', at: '2026-11-21T11:00:00Z' },
        ],
      },
    },
  ],
  [
    'TooManyRollbacks',
    '2026-11-22T09:00:00.000Z',
    {
      status: {
        rejected: [
          failed('2026-11-21T09:00:00Z', 'sha256:a'),
          failed('2026-11-21T10:00:00Z', 'sha256:b'),
          failed('2026-11-21T11:00:00Z', 'sha256:c'),
        ],
      },
    },
  ],
  [
    'OutsideWindow',
    '2026-11-23T09:00:00.000Z',
    { annotations: { 'plimsoll.dev/window': 'Mon-Fri 09:00-17:00' } },
  ],
  ['AwaitingApproval', undefined, { annotations: { 'plimsoll.dev/mode': 'approve' } }],
  [
    'UpdateAvailable',
    undefined,
    { annotations: { 'plimsoll.dev/mode': 'approve' }, spec: { approve: `1.1.0@${digest}` } },
  ],
  ['TooYoung', '2026-11-21T18:00:00.000Z', { annotations: { 'plimsoll.dev/min-age': '6h' } }],
  [
    'TooYoung',
    '2026-11-21T14:00:00.000Z',
    {
      annotations: { 'plimsoll.dev/min-age': '6h' },
      status: { pending: [{ tag: '1.1.0', digest, firstSeen: '2026-11-21T08:00:00Z' }] },
    },
  ],
  ['NotInHistory', undefined, { spec: { rollbackTo: '0.1.0' } }],
] as const) {
  test(`${reason}${opensAt === undefined ? '' : ` until ${opensAt}`} is said of ${JSON.stringify(given).slice(0, 90)}`, async () => {
    const { decision } = await inspect(given);
    assert.equal(decision.reason, reason);
    assert.equal(decision.opensAt && new Date(decision.opensAt).toISOString(), opensAt);
    assert.equal(decision.change !== undefined, reason === 'UpdateAvailable');
  });
}

test('every gate is shown, also those behind the first closed one', async () => {
  const { gates } = await inspect({
    annotations: { 'plimsoll.dev/suspend': 'true', 'plimsoll.dev/mode': 'approve' },
    spec: { hold: true },
  });
  assert.deepEqual(
    gates.filter(({ closed }) => closed !== undefined).map(({ name }) => name),
    ['suspend', 'hold', 'approval'],
  );
});

/** The last update of the history, from 0.9.0 to what runs. */
const lastUpdate = (outcome: string) => ({
  from: 'app:0.9.0',
  to: 'app:1.0.0',
  digest: digestOf('old'),
  at: '2026-11-21T11:59:00Z',
  outcome,
  generation: 1,
});

test('nothing is announced while an update is still being verified', async () => {
  const { decision } = await inspect({
    annotations: { 'plimsoll.dev/verify-for': '1h' },
    status: { digest: digestOf('old'), history: [lastUpdate('InProgress')] },
  });
  assert.equal(decision.reason, 'RollingOut');
  assert.equal(decision.change, undefined);
});

test('an update that failed and stands is told, where nothing newer is there', async () => {
  const { decision } = await inspect({
    annotations: { 'plimsoll.dev/rollback': 'never', 'plimsoll.dev/ignore-tags': 'glob:1.1.*' },
    status: {
      digest: digestOf('old'),
      history: [lastUpdate('Failed')],
      reason: 'RolloutFailed',
      message: 'app:1.0.0: 0 of 2 replicas available',
    },
  });
  assert.equal(decision.reason, 'RolloutFailed');
  assert.equal(decision.message, 'app:1.0.0: 0 of 2 replicas available');
});

test('a candidate below as many rejected tags as are remembered is found', async () => {
  const tags = Array.from({ length: rejectedLimit }, (_, index) => `1.${index + 2}.0`);
  const rejected = tags.map((tag) => ({
    digest: digestOf(`${app}:${tag}`),
    tag,
    reason: 'RolloutFailed',
    at: '2026-10-01T00:00:00Z',
  }));
  const { decision } = await inspect({ tags, status: { rejected } });
  assert.deepEqual([decision.reason, decision.candidate], ['UpdateAvailable', '1.1.0']);
});
