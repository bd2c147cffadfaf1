import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GateInput, inspectGates, passGates } from '../../../src/decide/gates.ts';
import type { Change, ContainerDecision } from '../../../src/model/decision.ts';
import { stateOf } from '../../../src/model/reasons.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const workload = aWorkload();
const container = containerOf(workload);
const digest = digestOf('new');
const chosen: ContainerDecision = {
  container,
  reason: 'UpdateAvailable',
  message: '1.3.0 is newer',
  latest: '1.3.0',
  candidate: '1.3.0',
  digest: undefined,
  change: { container, to: 'app:1.3.0', how: 'image', digest, policy: 'minor' },
  needs: [{ kind: 'tags' }],
  needsRunning: false,
};
const open: GateInput = {
  workload,
  policy: policyOf(),
  container: 'app',
  handle: 'deployment.web.app',
  held: false,
  rollout: undefined,
  placeFree: true,
  readOnly: false,
};

test('a choice for which the pods must be asked waits for the end of a rollout, what is up to date does not', () => {
  const during = { ...open, rollout: '1 of 3 updated' };
  const asking: ContainerDecision = { ...chosen, change: undefined, needsRunning: true };
  assert.equal(passGates({ ...asking, reason: 'Observing' }, during).reason, 'RolloutInProgress');
  assert.equal(passGates({ ...asking, reason: 'UpToDate' }, during).reason, 'UpToDate');
});

test('where every gate is open the decision stands as it is', () => {
  assert.equal(passGates(chosen, open), chosen);
});

const closed: readonly (readonly [string, Partial<GateInput>])[] = [
  ['Suspended', { policy: policyOf({ suspend: 'true' }) }],
  ['PersonalHold', { held: true }],
  ['WorkloadPaused', { workload: aWorkload({ paused: true }) }],
  ['RolloutInProgress', { rollout: '1 of 2 replicas updated' }],
  ['NotifyOnly', { policy: policyOf({ mode: 'notify' }) }],
  ['ReadOnly', { readOnly: true }],
  ['RolloutInProgress', { placeFree: false }],
];

for (const [reason, input] of closed) {
  test(`${reason} holds the update and keeps what was found`, () => {
    const held = passGates(chosen, { ...open, ...input });
    assert.equal(held.reason, reason);
    assert.equal(held.change, undefined);
    assert.deepEqual([held.candidate, held.latest, held.needs], ['1.3.0', '1.3.0', chosen.needs]);
    assert.match(held.message, /^1\.3\.0 is newer; /);
  });
}

test('a tag that was pushed again is held, after a pause and before the breaker of the namespace', () => {
  const change = { container, to: 'app:1.3.0', how: 'image', digest, policy: 'minor' } as const;
  const again = { ...chosen, change: { ...change, retagged: 'held because it was pushed again' } };
  assert.equal(passGates(again, open).reason, 'Retagged');
  const breaker = { undos: 3, until: 1 };
  assert.equal(passGates(again, { ...open, breaker }).reason, 'Retagged');
  const paused = { ...open, workload: aWorkload({ paused: true }) };
  assert.equal(passGates(again, paused).reason, 'WorkloadPaused');
});

test('the first closed gate is told', () => {
  const input = {
    ...open,
    held: true,
    readOnly: true,
    policy: policyOf({ mode: 'notify', suspend: 'true' }),
  };
  assert.equal(passGates(chosen, input).reason, 'Suspended');
  assert.equal(passGates(chosen, { ...input, policy: policyOf({ mode: 'notify' }) }).reason, 'PersonalHold');
  assert.equal(
    passGates(chosen, { ...input, held: false, policy: policyOf({ mode: 'notify' }) }).reason,
    'NotifyOnly',
  );
});

test('what chose nothing passes no gate and keeps its reason', () => {
  const upToDate: ContainerDecision = { ...chosen, reason: 'UpToDate', change: undefined };
  assert.equal(passGates(upToDate, { ...open, held: true }), upToDate);
});

test('outside its window an update waits, and it is known until when', () => {
  const policy = policyOf({ window: 'Mon-Fri 09:00-17:00' });
  const at = (time: string) => passGates(chosen, { ...open, policy, now: Date.parse(time) });
  const held = at('2026-11-21T12:00:00Z');
  assert.deepEqual([held.reason, held.opensAt], ['OutsideWindow', Date.parse('2026-11-23T09:00:00Z')]);
  assert.match(held.message, /opens at 2026-11-23T09:00:00/);
  assert.equal(at('2026-11-23T09:00:00Z'), chosen);
});

test('a namespace with many failures, a tool that puts back and a foreign owner hold too', () => {
  const breaker = { undos: 3, until: 5 };
  assert.equal(passGates(chosen, { ...open, breaker }).reason, 'TooManyRollbacks');
  assert.equal(passGates(chosen, { ...open, breaker, reverted: 'again' }).reason, 'Reverted');
  const owned = { ...workload, labels: { 'kapp.k14s.io/app': '1' } };
  assert.equal(passGates(chosen, { ...open, workload: owned, reverted: 'again' }).reason, 'ManagedElsewhere');
  const allowed = policyOf({ 'managed-elsewhere': 'allow' });
  assert.equal(passGates(chosen, { ...open, workload: owned, policy: allowed }), chosen);
});

const image = `1.3.0@${digest}`;
const approving = policyOf({ mode: 'approve' });

test('under mode approve an update waits for the approval of exactly its image', () => {
  const ask = (approval?: GateInput['approval']) =>
    passGates(chosen, { ...open, policy: approving, approval });
  const held = ask();
  assert.equal(held.reason, 'AwaitingApproval');
  assert.deepEqual(held.remedy, {
    command: `kubectl plimsoll approve deployment/web ${image} -n shop -c app`,
    patch: `kubectl -n shop patch trackedimage deployment.web.app --type=merge -p '{"spec":{"approve":"${image}"}}'`,
  });
  assert.equal(ask({ asked: image, image }), chosen);
  const other = `1.3.0@${digestOf('another image')}`;
  assert.match(ask({ asked: other, image: other }).message, /what is approved is 1\.3\.0@sha256/);
  const unbound = ask({ asked: '1.3.0', image: undefined });
  assert.equal(unbound.reason, 'AwaitingApproval');
  assert.match(unbound.message, /spec\.approve names 1\.3\.0, which was not the candidate/);
});

test('approval opens no other gate', () => {
  const approval = { asked: image, image };
  const input = { ...open, policy: policyOf({ mode: 'approve', suspend: 'true' }), approval };
  assert.equal(passGates(chosen, input).reason, 'Suspended');
  assert.equal(
    passGates(chosen, { ...open, policy: approving, approval, held: true }).reason,
    'PersonalHold',
  );
});

test('before anything is chosen the gate of approval is shown as closed', () => {
  const states = inspectGates({ ...open, policy: approving }, undefined);
  assert.equal(states.find(({ name }) => name === 'approval')?.closed?.reason, 'AwaitingApproval');
});

test('a way back that a person asks for is held by what nobody may go past, and by nothing else', () => {
  const wish: Change = { ...(chosen.change ?? assert.fail()), rollbackTo: '1.2.0' };
  const back = { ...chosen, change: wish };
  const policy = policyOf({ mode: 'notify', window: 'Mon 09:00-09:01' });
  const breaker = { undos: 3, until: 5 };
  const held = { held: true, reverted: 'again', rollout: 'half', placeFree: false, breaker, now: 0 };
  assert.equal(passGates(back, { ...open, ...held, policy }), back);
  for (const [reason, input] of [
    ['Suspended', { policy: policyOf({ suspend: 'true' }) }],
    ['ManagedElsewhere', { workload: { ...workload, labels: { 'kapp.k14s.io/app': '1' } } }],
    ['WorkloadPaused', { workload: aWorkload({ paused: true }) }],
    ['ReadOnly', { readOnly: true }],
  ] as const) {
    assert.equal(passGates(back, { ...open, ...input }).reason, reason);
  }
});

/** In the order in which they are asked. */
const gateNames = [
  'suspend',
  'hold',
  'managed-elsewhere',
  'reverted',
  'paused',
  'retagged',
  'namespace',
  'rollout',
  'mode',
  'approval',
  'window',
  'read-only',
  'places',
];

const anyInput: fc.Arbitrary<GateInput> = fc
  .record({
    settings: fc.record({
      suspend: fc.constantFrom('true', 'false'),
      mode: fc.constantFrom('auto', 'approve', 'notify'),
      window: fc.constantFrom('Mon-Fri 09:00-17:00', '00:00-24:00', 'Sat 22:00-02:00 Europe/Madrid'),
    }),
    workload: fc.constantFrom(workload, aWorkload({ paused: true }), {
      ...workload,
      labels: { 'kapp.k14s.io/app': '1' },
    }),
    held: fc.boolean(),
    approval: fc.constantFrom(undefined, { asked: image, image }, { asked: '1.3.0', image: undefined }),
    reverted: fc.constantFrom(undefined, 'put back again'),
    breaker: fc.constantFrom(undefined, { undos: 3, until: Date.UTC(2026, 10, 22) }),
    now: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }),
    rollout: fc.constantFrom(undefined, '1 of 2 replicas updated'),
    placeFree: fc.boolean(),
    readOnly: fc.boolean(),
  })
  .map(({ settings, ...input }) => ({ ...open, ...input, policy: policyOf(settings) }));

const anyRetag = fc.constantFrom({}, { retagged: 'pushed again' });

test('whatever the inputs, every closed gate says why, and when it opens by itself', () => {
  fc.assert(
    fc.property(anyInput, anyRetag, (input, retag) => {
      const states = inspectGates(input, { ...(chosen.change ?? assert.fail()), ...retag });
      assert.deepEqual(
        states.map(({ name }) => name),
        gateNames,
      );
      for (const { name, closed: why } of states) {
        if (!why) continue;
        assert.ok(stateOf(why.reason) === 'Held' && why.message !== '', name);
        assert.equal(why.opensAt !== undefined, name === 'window' || name === 'namespace', name);
      }
    }),
  );
});

test('whatever the inputs, the first closed gate is the one that is told', () => {
  fc.assert(
    fc.property(anyInput, anyRetag, (input, retag) => {
      const change = { ...(chosen.change ?? assert.fail()), ...retag };
      const first = inspectGates(input, change).find(({ closed: why }) => why !== undefined)?.closed;
      const told = passGates({ ...chosen, change }, input);
      if (!first) assert.deepEqual(told, { ...chosen, change });
      else {
        assert.equal(told.change, undefined);
        assert.deepEqual([told.reason, told.opensAt], [first.reason, first.opensAt]);
        assert.ok(told.message.endsWith(first.message));
      }
    }),
  );
});
