import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LineTooLong, splitLines } from '../../../src/kube/lines.ts';

async function linesOf(chunks: readonly Uint8Array[], limit = 1_000): Promise<string[]> {
  const stream = (async function* () {
    yield* chunks;
  })();
  const lines: string[] = [];
  for await (const line of splitLines(stream, limit)) lines.push(line);
  return lines;
}

describe('lines', () => {
  it('are the same however a stream is cut into chunks', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(60)), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));

        assert.deepEqual(
          await linesOf(chunks, 100_000),
          lines.map((each) => Buffer.from(each).toString()),
        );
      }),
    );
  });

  it('that are cut off are not delivered', async () => {
    assert.deepEqual(await linesOf([Buffer.from('whole\ncut')]), ['whole']);
  });

  it('beyond the limit end the stream, also when no line end ever comes', async () => {
    const kilobyte = Buffer.from('x'.repeat(1_000));
    assert.deepEqual(await linesOf([kilobyte, Buffer.from('\n')]), ['x'.repeat(1_000)]);
    await assert.rejects(linesOf([kilobyte, Buffer.from('y')]), LineTooLong);
  });
});
