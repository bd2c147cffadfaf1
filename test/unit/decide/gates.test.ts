import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GateInput, passGates } from '../../../src/decide/gates.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
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
  held: false,
  rollout: undefined,
  placeFree: true,
  readOnly: false,
};

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
