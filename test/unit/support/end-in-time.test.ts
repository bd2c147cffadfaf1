import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

describe('a file of tests', () => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-end-in-time-'));
  after(() => rmSync(directory, { recursive: true }));

  /** Runs a file with one test that passes. */
  function run(body: string): { readonly status: number | null; readonly output: string } {
    const file = join(directory, 'subject.test.mjs');
    writeFileSync(
      file,
      `import { it } from 'node:test'; import { createServer } from 'node:http'; it('passes', () => {${body}});`,
    );
    const preload = new URL('../../support/end-in-time.ts?patience=1000', import.meta.url).href;
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawnSync(process.execPath, [`--import=${preload}`, '--test', file], {
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status: child.status, output: child.stdout + child.stderr };
  }

  it('that does not end after its last test fails, and says what is open', () => {
    const { status, output } = run('createServer().listen(0)');

    assert.equal(status, 1);
    assert.match(output, /it does not end; still open: .*TCPServerWrap/);
  });

  it('that ends by itself is left alone', () => {
    const { status, output } = run('');

    assert.equal(status, 0);
    assert.doesNotMatch(output, /still open/);
  });
});
