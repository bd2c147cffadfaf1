import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnnotations } from '../../../src/policy/annotations.ts';

const containers = ['app', 'side'];

function problemOf(annotations: Readonly<Record<string, string>>): string {
  const read = readAnnotations(annotations, containers);
  assert.ok(!read.ok);
  assert.equal(read.problem.reason, 'InvalidPolicy');
  assert.doesNotMatch(read.problem.message, /\n/);
  return read.problem.message;
}

test('a key holds for all containers, a key with a container for that one', () => {
  const read = readAnnotations(
    {
      'plimsoll.dev/policy': ' minor ',
      'plimsoll.dev/policy.side': 'digest',
      'plimsoll.dev/pin.side': 'true',
    },
    containers,
  );
  assert.ok(read.ok);
  assert.deepEqual(read.value.workload.settings, { rule: { kind: 'minor' }, text: 'minor' });
  const side = read.value.containers.get('side');
  assert.deepEqual(side?.settings, { rule: { kind: 'digest' }, text: 'digest', pin: true });
  assert.equal(side.origins['pin'], 'annotation plimsoll.dev/pin.side');
});

test('annotations of others and our own record say nothing', () => {
  const read = readAnnotations({ 'plimsoll.dev/last-update': '{', 'example.com/policy': 'x' }, containers);
  assert.ok(read.ok);
  assert.deepEqual(read.value.workload.settings, {});
});

for (const [key, value, said] of [
  ['polcy', 'minor', /annotation plimsoll\.dev\/polcy is unknown; did you mean "policy"\?/],
  ['constructor', 'x', /is unknown/],
  ['policy', 'mnior', /annotation plimsoll\.dev\/policy = "mnior" is not a policy; did you mean "minor"\?/],
  ['policy.sid', 'minor', /there is no container "sid"; did you mean "side"\?/],
  ['policy.', 'minor', /there is no container ""/],
  ['suspend.app', 'true', /holds for the whole workload/],
  ['suspend', 'yes', /must be one of true, false/],
  ['interval', '500ms', /too short/],
  ['interval', 'soon', /is not a duration/],
  ['schedule', 'sometimes', /is not a schedule/],
  ['pull-secret', 'Not A Name', /is not the name of a secret/],
  ['extract', '', /is empty/],
  ['allow-tags', '*', /each line must begin/],
  ['mode', 'approved', /must be one of auto, approve, notify; did you mean "approve"\?/],
  ['min-age', 'three days', /is not a duration/],
  ['window', 'Mon-Fri 9 to 5', /is not a window such as/],
  ['rollback', 'sometimes', /must be one of auto, never/],
] as const) {
  test(`${key}: ${value} is refused in one line that names it`, () => {
    assert.match(problemOf({ [`plimsoll.dev/${key}`]: value }), said);
  });
}

test('a long value is not repeated in full', () => {
  assert.ok(problemOf({ 'plimsoll.dev/policy': 'x'.repeat(100_000) }).length < 500);
});

test('of several broken keys the same one is always told', () => {
  const one = { 'plimsoll.dev/a': '1', 'plimsoll.dev/b': '2' };
  const other = { 'plimsoll.dev/b': '2', 'plimsoll.dev/a': '1' };
  assert.equal(problemOf(one), problemOf(other));
});
