import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryCommand } from '../../../../src/commands/try/try.ts';
import { textAt } from '../../../../src/model/json.ts';
import { fields } from '../../../../src/policy/fields.ts';
import { runCommandLine } from '../../../support/command-line.ts';

const run = (args: readonly string[], input = '') => runCommandLine(tryCommand, args, { input });

async function answer(...args: readonly string[]): Promise<unknown> {
  const { code, output, complaints } = await run([...args, '-o', 'json']);
  assert.equal(complaints, '');
  assert.equal(code, 0);
  const answered: unknown = JSON.parse(output);
  return answered;
}

function choiceIn(output: string): string | undefined {
  const answered: unknown = JSON.parse(output);
  return textAt(answered, 'choice');
}

test('the choice and the reason of every other tag are printed as JSON', async () => {
  const tags = ['1.2.3', '1.2.4', '1.3.0', '2.0.0', 'latest'];
  assert.deepEqual(await answer('--current', '1.2.3', '--policy', 'minor', ...tags), {
    choice: '1.3.0',
    reasons: { '1.2.3': 'notNewer', latest: 'word', '2.0.0': 'level', '1.2.4': 'notNewer' },
  });
});

test('nothing to choose is null', async () => {
  assert.deepEqual(await answer('--current', '1.2.3', '--policy', 'minor', '1.2.3'), {
    choice: null,
    reasons: { '1.2.3': 'notNewer' },
  });
});

test('tags come from standard input, one a line, where none is named', async () => {
  const args = ['--current', '1.0.0', '--policy', 'major', '-o', 'json'];
  const first = await run(args, '1.0.0\n  2.0.0 \r\n\n3.0.0');
  assert.equal(choiceIn(first.output), '3.0.0');
  const second = await run([...args, '--tags-file', '-'], '2.0.0\n');
  assert.equal(choiceIn(second.output), '2.0.0');
});

test('a tag may be followed by when it was pushed, for policies that go by time', async () => {
  const args = ['--current', 'b', '--policy', 'newest', '-o', 'json'];
  const lines = ['a 2026-01-03T00:00:00Z', 'b\t2026-01-01T00:00:00Z', 'c 2026-01-02T00:00:00+02:00', 'd'];
  const { output } = await run([...args, '--allow-tags', 'glob:?'], lines.join('\n'));
  assert.equal(choiceIn(output), 'a');
});

for (const line of ['a yesterday', 'a 2026-01-03', 'a 2026-01-03T00:00:00Z more']) {
  test(`what follows a tag and is no time is wrong usage: ${line}`, async () => {
    const { code, complaints } = await run(['--current', 'b', '--policy', 'newest'], line);
    assert.equal(code, 2);
    assert.match(
      complaints,
      /^plimsoll try: a is followed by what is no time: write it as 2026-01-02T03:04:05Z/,
    );
  });
}

test('a file of tags that cannot be read is wrong usage', async () => {
  const { code, complaints } = await run(['--current', '1', '--policy', 'major', '--tags-file', '/nowhere']);
  assert.equal(code, 2);
  assert.match(complaints, /^plimsoll try: \/nowhere cannot be read: ENOENT/);
});

test('any annotation is a flag; filters may be repeated', async () => {
  const args = ['--ignore-tags', 'glob:1.3.*', '--ignore-tags', 'glob:1.4.*', '--prerelease=true'];
  const tags = ['1.3.0', '1.4.0', '1.2.9-rc.1'];
  assert.deepEqual(await answer('--current', '1.2.3', '--policy', 'minor', ...args, ...tags), {
    choice: '1.2.9-rc.1',
    reasons: { '1.3.0': 'ignored', '1.4.0': 'ignored' },
  });
});

test('the help speaks of every annotation', () => {
  const help = tryCommand.help('plimsoll');
  for (const key of Object.keys(fields)) assert.ok(help.includes(`--${key} `), key);
});

test('for people there is a sentence and a table of at most 100 columns', async () => {
  const long = `1.2.3-${'x'.repeat(100)}`;
  const { output } = await run([
    '--current',
    '1.2-alpine',
    '--policy',
    'minor',
    '1.3-alpine',
    '2.0-alpine',
    long,
  ]);
  const lines = output.split('\n');
  assert.deepEqual(lines.slice(0, 2), [
    '1.2-alpine -> 1.3-alpine under minor; newest: 2.0-alpine',
    'its digest is followed as well',
  ]);
  assert.match(output, /^1\.3-alpine +chosen +is the newest that fits$/m);
  assert.ok(lines.every((line) => line.length <= 100));
});

test('for people it is said why a tag stays that the policy would not choose itself', async () => {
  const { output } = await run(['--current', '3.0.0', '--policy', 'semver:<2', '1.9.0']);
  assert.match(output, /^3\.0\.0 stays: nothing may replace it under semver:<2; it lies outside the range/);
});

test('the same can be had as YAML', async () => {
  const { output } = await run(['--current', '1.0.0', '--policy', 'major', '-o', 'yaml', '2.0.0', 'latest']);
  assert.equal(output, 'choice: 2.0.0\nreasons:\n  latest: word');
});

const misuses: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no current tag', ['--policy', 'minor'], /--current is missing/],
  ['no policy', ['--current', '1'], /--policy is missing/],
  ['a policy that nobody knows', ['--current', '1', '--policy', 'minro'], /did you mean "minor"/],
  [
    'a range that cannot be read',
    ['--current', '1', '--policy', 'semver:>=1.x.3'],
    /semver:>=1\.x\.3: the range cannot be read at character 3/,
  ],
  ['a flag that nobody knows', ['--curent', '1'], /Unknown option '--curent'; did you mean "current"/],
  ['a flag that is given twice', ['--current', '1', '--current', '2'], /--current may be given once/],
  [
    'an output that nobody knows',
    ['--current', '1', '--policy', 'minor', '-o', 'xml'],
    /table, json or yaml/,
  ],
  ['tags named twice', ['--current', '1', '--policy', 'minor', '--tags-file', 'x', '1'], /not both/],
  ['a batch with other flags', ['--batch', '--current', '1'], /takes no other flags/],
];
for (const [what, args, told] of misuses) {
  test(`${what} is wrong usage: one line on standard error, exit code 2`, async () => {
    const { code, output, complaints } = await run(args);
    assert.equal(code, 2);
    assert.equal(output, '');
    assert.match(complaints, told);
    assert.ok(!complaints.includes('\n'));
  });
}
