import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeelPolicy, readKeel } from '../../../src/policy/keel.ts';

function keel(keys: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`keel.sh/${key}`, value]));
}

function read(
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): KeelPolicy | undefined {
  const policy = readKeel(keel(annotations), keel(labels));
  assert.ok(policy.ok, policy.ok ? '' : policy.problem.message);
  return policy.value;
}

for (const [keys, settings] of [
  [{ policy: 'patch' }, { rule: { kind: 'patch' } }],
  [{ policy: 'minor' }, { rule: { kind: 'minor' } }],
  [{ policy: 'major' }, { rule: { kind: 'major' } }],
  [{ policy: 'all' }, { rule: { kind: 'major' }, prerelease: 'true' }],
  [{ policy: 'force', matchTag: 'true' }, { rule: { kind: 'digest' } }],
  [{ policy: 'force', 'match-tag': 'true' }, { rule: { kind: 'digest' } }],
  [
    { policy: 'force', matchTag: 'yes' },
    { rule: { kind: 'semver', range: '*' }, digest: 'follow' },
  ],
  [{ policy: 'force' }, { rule: { kind: 'semver', range: '*' }, digest: 'follow' }],
  [{ policy: 'glob:build-*' }, { rule: { kind: 'glob', pattern: 'build-*' } }],
  [{ policy: 'regexp:^v(\\d+)$' }, { rule: { kind: 'regexp', pattern: '^v(\\d+)$' } }],
  [
    { policy: 'minor', matchPreRelease: 'false' },
    { rule: { kind: 'minor' }, prerelease: 'true' },
  ],
  [{ policy: 'minor', matchPreRelease: 'true' }, { rule: { kind: 'minor' } }],
  [
    { policy: 'minor', initContainers: 'true' },
    { rule: { kind: 'minor' }, initContainers: true },
  ],
  [
    { policy: 'minor', imagePullSecret: 'reg' },
    { rule: { kind: 'minor' }, pullSecret: 'reg' },
  ],
  [{ policy: 'minor', trigger: 'poll', notify: '#ops' }, { rule: { kind: 'minor' } }],
  [{ policy: 'minor', approvals: '0' }, { rule: { kind: 'minor' } }],
  [
    { policy: 'minor', approvals: '1' },
    { rule: { kind: 'minor' }, mode: 'approve' },
  ],
  [
    { policy: 'all', approvals: '2', approvalDeadline: '5' },
    { rule: { kind: 'major' }, prerelease: 'true', mode: 'approve' },
  ],
] as const) {
  test(`${JSON.stringify(keys)} is translated`, () => {
    const { text, ...found } = read(keys)?.layer.settings ?? {};
    assert.deepEqual(found, settings);
    assert.match(text ?? '', /^keel /);
  });
}

test('the schedule is read from annotations only, with an interval or a cron expression of six fields', () => {
  const every = read({ policy: 'minor', pollSchedule: '@every 5m' });
  assert.deepEqual(every?.layer.settings.schedule, { kind: 'every', milliseconds: 300_000 });
  const cron = read({ policy: 'minor', pollSchedule: '0 */2 * * * *' });
  assert.deepEqual(cron?.layer.settings.schedule, {
    kind: 'cron',
    expression: '0 */2 * * * *',
    timeZone: 'UTC',
  });
  assert.equal(read({ policy: 'minor' }, { pollSchedule: '@every 5m' })?.layer.settings.schedule, undefined);
});

test('a policy may stand in a label, and an annotation is stronger', () => {
  const byLabel = read({}, { policy: 'minor', matchTag: 'true' });
  assert.equal(byLabel?.layer.origins['rule'], 'label keel.sh/policy');
  assert.deepEqual(read({ policy: 'major' }, { policy: 'minor' })?.layer.settings.rule, { kind: 'major' });
});

test('no policy and an empty one say nothing, and never opts out', () => {
  assert.equal(read({ trigger: 'poll' }), undefined);
  assert.equal(read({ policy: '' }), undefined);
  assert.deepEqual(read({ policy: 'never' })?.layer.settings.rule, { kind: 'none' });
});

for (const keys of [
  { policy: 'latest' },
  { policy: 'glob:' },
  { policy: `regexp:${'a'.repeat(513)}` },
  { policy: 'minor', approvals: 'two' },
  { policy: 'minor', approvals: '-1' },
  { policy: 'minor', pollSchedule: 'soon' },
]) {
  test(`${JSON.stringify(keys).slice(0, 60)} is told and not guessed`, () => {
    const policy = readKeel(keel(keys), {});
    assert.ok(!policy.ok);
    assert.equal(policy.problem.reason, 'InvalidPolicy');
    assert.match(policy.problem.message, /keel\.sh\//);
  });
}

test('an origin names only keys that somebody wrote', () => {
  const { origins, settings } = read({ policy: 'minor' })?.layer ?? {};
  assert.deepEqual(Object.keys(origins ?? {}).toSorted(), Object.keys(settings ?? {}).toSorted());
  assert.deepEqual(new Set(Object.values(origins ?? {})), new Set(['annotation keel.sh/policy']));
});

test('what is done otherwise than Keel would is told, where somebody asked for it', () => {
  const warnings = (keys: Readonly<Record<string, string>>) =>
    (read({ policy: 'minor', ...keys })?.layer.warnings ?? []).map((warning) => warning.split(' ')[0]);
  assert.deepEqual(warnings({}), []);
  assert.deepEqual(warnings({ approvals: '1' }), []);
  assert.deepEqual(warnings({ approvalDeadline: '5' }), []);
  assert.deepEqual(warnings({ approvals: '2', approvalDeadline: '5', notify: '#ops' }), [
    'keel.sh/approvals',
    'keel.sh/approvalDeadline',
    'keel.sh/notify',
  ]);
});

test('the votes that a label asks for count where the policy stands in a label', () => {
  const byLabel = read({}, { policy: 'minor', approvals: '1' });
  assert.equal(byLabel?.layer.settings.mode, 'approve');
  assert.equal(byLabel?.layer.origins['mode'], 'label keel.sh/approvals');
});
