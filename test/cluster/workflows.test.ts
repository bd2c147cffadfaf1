import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { ownClusterOnly, required, root } from '../support/installation.ts';

/** Needs the linter that the runner has built, and nothing of a cluster. */
suite('the workflows', { timeout: 60_000, ...ownClusterOnly }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-workflows-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const path of globSync('.github/workflows/*.yml', { cwd: root })) {
    test(`${path} says nothing that GitHub would not understand`, async () => {
      assert.equal(await lint(join(root, path)), '');
    });
  }

  test('are read by one who sees a step that asks for what is not there', async () => {
    const text = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8');
    const wrong = join(folder, 'ci.yml');
    writeFileSync(wrong, text.replace("hashFiles('test/", "hashFile('test/"));
    await assert.rejects(lint(wrong), ({ stdout }: { stdout?: string }) =>
      /undefined function "hashFile"/.test(stdout ?? ''),
    );
  });
});

/** What the linter complains of. Rejects when that is anything. */
async function lint(path: string): Promise<string> {
  const flags = ['-no-color', '-shellcheck=', '-pyflakes='];
  return (await promisify(execFile)(required('PLIMSOLL_TEST_ACTIONLINT'), [...flags, path])).stdout;
}
