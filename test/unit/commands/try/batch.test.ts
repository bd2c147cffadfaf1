import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerBatch } from '../../../../src/commands/try/batch.ts';
import { Trial } from '../../../../src/commands/try/trial.ts';
import { tryCommand } from '../../../../src/commands/try/try.ts';
import { at, textAt } from '../../../../src/model/json.ts';
import { runCommandLine } from '../../../support/command-line.ts';

async function answers(...lines: readonly (string | object)[]): Promise<readonly unknown[]> {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { code, output } = await runCommandLine(tryCommand, ['--batch'], { input });
  assert.equal(code, 0);
  return output.split('\n').map((line): unknown => JSON.parse(line));
}

const question = { current: '1.0.0', policy: 'major', tags: ['2.0.0', '3.0.0-rc.1'] };

test('every line is answered, in order, and a bad one does not stop the rest', async () => {
  const [first, second, third] = await answers(question, '{"current"', { ...question, tags: [] });
  assert.deepEqual(first, { choice: '2.0.0', reasons: { '3.0.0-rc.1': 'prerelease' } });
  assert.deepEqual(second, { error: { reason: 'InvalidPolicy', message: 'the line is not a JSON object' } });
  assert.deepEqual(third, { choice: null, reasons: {} });
});

test('options have the keys of the annotations; a flag may be a JSON boolean, filters a list', async () => {
  const found = await answers(
    { ...question, prerelease: true },
    { ...question, 'ignore-tags': ['glob:2.*', 'glob:3.*'] },
    { ...question, policy: 'glob:*', order: 'alphabetical' },
  );
  assert.deepEqual(
    found.map((one) => at(one, 'choice')),
    ['3.0.0-rc.1', null, '3.0.0-rc.1'],
  );
});

test('metadata says when a tag was pushed or created', async () => {
  const metadata = {
    '2.0.0': { pushed: '2026-01-01T00:00:00Z' },
    '1.9.9': { pushed: '2026-02-01T00:00:00Z' },
  };
  const tags = ['2.0.0', '1.9.9'];
  const [answer] = await answers({ current: '2.0.0', policy: 'newest', tags, metadata });
  assert.deepEqual(answer, { choice: '1.9.9', reasons: { '2.0.0': 'notNewer' } });
});

test('a tag may be called as an object keeps its prototype', async () => {
  const [answer] = await answers('{"current":"1.0.0","policy":"major","tags":["__proto__"]}');
  assert.equal(JSON.stringify(answer), '{"choice":null,"reasons":{"__proto__":"word"}}');
});

const broken: readonly (readonly [string, object | string, string])[] = [
  ['a list', '[]', 'the line is not a JSON object'],
  ['no current tag', { policy: 'minor', tags: [] }, 'current must be the tag that runs'],
  ['no policy', { current: '1', tags: [] }, 'policy is missing'],
  ['tags that are no texts', { ...question, tags: [1] }, 'tags must be a list of strings'],
  ['no tags', { current: '1', policy: 'minor' }, 'tags must be a list of strings'],
  ['an unknown key', { ...question, varient: 'family' }, 'varient is unknown; did you mean "variant"?'],
  [
    'a key that every object seems to have',
    '{"current":"1","policy":"major","tags":[],"__proto__":"x"}',
    '__proto__ is unknown',
  ],
  ['a key of a wrong type', { ...question, variant: 7 }, 'variant must be a text'],
  [
    'metadata that is no map',
    { ...question, metadata: [] },
    'metadata must map tags to {"created", "pushed"}',
  ],
];
for (const [what, line, message] of broken) {
  test(`a line with ${what} is answered with an error`, async () => {
    const [answer] = await answers(line);
    assert.equal(textAt(answer, 'error', 'message'), message);
  });
}

test('lines are cut the same wherever the chunks end, also within a character', async () => {
  const text = Buffer.from(
    `${JSON.stringify({ ...question, policy: 'ä' })}\r\n\n${JSON.stringify(question)}`,
  );
  const whole = await collect([text]);
  assert.equal(whole.length, 2);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
      const ends = [...cuts.toSorted((a, b) => a - b), text.length];
      const chunks = ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end));
      assert.deepEqual(await collect(chunks), whole);
    }),
  );
});

test('ten thousand questions of six policies compile six policies', async () => {
  const trial = new Trial((key) => key, 0);
  const seen = new Set<unknown>();
  for (let index = 0; index < 10_000; index++) {
    seen.add(trial.compile({ policy: `semver:>=${index % 6}` }));
  }
  assert.equal(seen.size, 6);
});

async function collect(chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const source = async function* source() {
    yield* chunks;
  };
  const found: string[] = [];
  for await (const lines of answerBatch(source(), new Trial((key) => key, 0))) found.push(...lines);
  return found;
}
