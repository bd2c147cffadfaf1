import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectivePolicy } from '../../../src/model/policy.ts';
import { resolvePolicies } from '../../../src/policy/effective-policy.ts';
import { aWorkload, type DeploymentParts } from '../../support/deployments.ts';

const defaults = { interval: 300_000, keelAnnotations: true };

function policies(parts: DeploymentParts, more = defaults): Map<string, EffectivePolicy> {
  const resolved = resolvePolicies(aWorkload(parts), more);
  assert.ok(resolved.ok, resolved.ok ? '' : resolved.problem.message);
  return new Map(resolved.value.map(({ container, policy }) => [container.name, policy]));
}

function problemOf(parts: DeploymentParts): string {
  const resolved = resolvePolicies(aWorkload(parts), defaults);
  assert.ok(!resolved.ok);
  return resolved.problem.message;
}

test('a workload without any annotation of ours is not tracked', () => {
  assert.equal(policies({}).size, 0);
});

test('one annotation is enough, and everything else has its default', () => {
  const policy = policies({ annotations: { 'plimsoll.dev/policy': 'minor' } }).get('app');
  assert.deepEqual(policy?.rule, { kind: 'minor' });
  assert.deepEqual(policy.schedule, { kind: 'every', milliseconds: 300_000 });
  assert.deepEqual(policy.origins, {
    rule: 'annotation plimsoll.dev/policy',
    text: 'annotation plimsoll.dev/policy',
  });
  assert.deepEqual(
    [policy.digest, policy.apply, policy.mode, policy.prerelease],
    ['auto', 'auto', 'auto', 'auto'],
  );
});

test('a container key is stronger than the workload key', () => {
  const found = policies({
    containers: { app: 'app:1', side: 'side:1' },
    annotations: {
      'plimsoll.dev/policy': 'minor',
      'plimsoll.dev/policy.side': 'none',
      'plimsoll.dev/interval': '1m',
      'plimsoll.dev/interval.app': '2m',
    },
  });
  assert.deepEqual([...found.keys()], ['app']);
  assert.deepEqual(found.get('app')?.schedule, { kind: 'every', milliseconds: 120_000 });
});

test('who sets the policy decides extract and order as well', () => {
  const found = policies({
    containers: { app: 'app:1', side: 'side:1' },
    annotations: {
      'plimsoll.dev/policy': 'regexp:^b(\\d+)$',
      'plimsoll.dev/order': 'numeric',
      'plimsoll.dev/extract': '(?P<version>\\d+)',
      'plimsoll.dev/policy.side': 'minor',
    },
  });
  assert.equal(found.get('app')?.order, 'numeric');
  const side = found.get('side');
  assert.deepEqual([side?.order, side?.extract], ['version', undefined]);
  assert.equal(side?.origins['order'], undefined);
});

test('init containers are tracked on demand, or where one is named', () => {
  const initContainers = { setup: 'setup:1', other: 'other:1' };
  const annotations = { 'plimsoll.dev/policy': 'minor' };
  assert.deepEqual([...policies({ initContainers, annotations }).keys()], ['app']);
  const named = { ...annotations, 'plimsoll.dev/policy.setup': 'patch' };
  assert.deepEqual([...policies({ initContainers, annotations: named }).keys()], ['setup', 'app']);
  const all = { ...annotations, 'plimsoll.dev/init-containers': 'true' };
  assert.deepEqual([...policies({ initContainers, annotations: all }).keys()], ['setup', 'other', 'app']);
});

test("Keel's annotations count where there is no policy of ours", () => {
  const annotations = { 'keel.sh/policy': 'minor', 'keel.sh/pollSchedule': '@every 10m' };
  assert.equal(policies({ annotations }).get('app')?.text, 'keel minor');
  const ours = policies({ annotations: { ...annotations, 'plimsoll.dev/policy': 'patch' } }).get('app');
  assert.deepEqual([ours?.rule.kind, ours?.schedule], ['patch', { kind: 'every', milliseconds: 300_000 }]);
  const off = { ...defaults, keelAnnotations: false };
  assert.equal(policies({ annotations }, off).size, 0);
});

test("a setting of ours refines Keel's policy", () => {
  const annotations = {
    'keel.sh/policy': 'minor',
    'plimsoll.dev/pin': 'true',
    'plimsoll.dev/last-update': '{}',
  };
  const policy = policies({ annotations }).get('app');
  assert.deepEqual([policy?.rule.kind, policy?.pin], ['minor', true]);
});

test('monitorContainers restricts by an expression on names', () => {
  const containers = { app: 'app:1', side: 'side:1' };
  const annotations = { 'keel.sh/policy': 'minor', 'keel.sh/monitorContainers': '^ap' };
  assert.deepEqual([...policies({ containers, annotations }).keys()], ['app']);
  assert.match(problemOf({ annotations: { ...annotations, 'keel.sh/monitorContainers': '(' } }), /RE2/);
});

test('a broken policy is a problem of the whole workload', () => {
  const annotations = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/pin': 'perhaps' };
  assert.match(problemOf({ annotations }), /plimsoll\.dev\/pin/);
  assert.match(problemOf({ annotations: { 'plimsoll.dev/pni': 'true' } }), /did you mean "pin"/);
});

test('a short interval is warned of, but not where it is the one of the operator', () => {
  const annotations = { 'plimsoll.dev/policy': 'minor' };
  const hasty = { ...annotations, 'plimsoll.dev/interval': '29s' };
  assert.match(policies({ annotations: hasty }).get('app')?.warnings.join() ?? '', /below 30s/);
  const calm = { ...annotations, 'plimsoll.dev/interval': '30s' };
  assert.deepEqual(policies({ annotations: calm }).get('app')?.warnings, []);
  assert.deepEqual(policies({ annotations }, { ...defaults, interval: 5_000 }).get('app')?.warnings, []);
});
