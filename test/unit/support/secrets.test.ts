import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LeakFinder, leakIn, secretText } from '../../support/secrets.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const secret = secretText('of the test');
const base64 = (text: string) => Buffer.from(text).toString('base64');

suite('the search for secrets', () => {
  for (const user of ['', 'a', 'ab', 'ann', '<token>', 'robot$shop+reader']) {
    const pair = `${user}:${secret}`;
    const forms: Readonly<Record<string, string>> = {
      plain: `password: ${secret}`,
      'in an address': `https://x/token?password=${encodeURIComponent(secret)}`,
      'in a form': new URLSearchParams({ password: secret }).toString(),
      'in JSON': JSON.stringify({ password: secret }),
      'as Basic has it': base64(pair),
      'as a pull secret has it': base64(JSON.stringify({ auths: { x: { auth: base64(pair) } } })),
      'as a pull secret with a longer host has it': base64(
        JSON.stringify({ auths: { xyz: { auth: base64(pair) } } }),
      ),
    };
    for (const [form, text] of Object.entries(forms)) {
      test(`finds one ${form} of ${user === '' ? 'nobody' : user}`, () => {
        assert.notEqual(leakIn(`before ${text} after`), undefined);
      });
    }
  }

  for (const text of [
    'Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.e30.x',
    'https://storage.example.com/layer?X-Amz-Signature=abcdef',
    '-----BEGIN PRIVATE KEY-----',
  ]) {
    test(`finds what no test had to mark: ${text.slice(0, 20)}`, () => {
      assert.notEqual(leakIn(text), undefined);
    });
  }

  test('finds none in what is no secret', () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    const challenge = 'Bearer realm="https://x/token",service="x", Basic realm="Artifactory Realm"';
    for (const text of [digest, challenge, '[redacted]', base64('nothing to be seen here')]) {
      assert.equal(leakIn(text), undefined);
    }
  });

  test('finds one that comes in pieces', () => {
    const text = `before ${base64(`ann:${secret}`)} after`;
    for (let seam = 0; seam < text.length; seam++) {
      const finder = new LeakFinder();
      for (const piece of [text.slice(0, seam), text.slice(seam)]) finder.take(piece);
      assert.notEqual(finder.found, undefined, String(seam));
    }
  });
});

suite('a test that shows a secret', () => {
  /** A test file outside of the suite, run as the suite is. */
  function run(
    t: TestContext,
    command: readonly string[],
    body: string,
  ): { status: number | null; said: string } {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-leak-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'leak.test.ts');
    const load = (name: string) => `await import(${JSON.stringify(`${root}test/support/${name}.ts`)})`;
    const lines = [
      "import { test } from 'node:test';",
      `const { secretText } = ${load('secrets')};`,
      `const { shown } = ${load('shown')};`,
      `test('shows', () => { ${body} });`,
    ];
    writeFileSync(file, lines.join('\n'));
    const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [...command, file], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  }

  test('fails where Plimsoll is what shows it', (t) => {
    const told = run(t, ['--test'], "shown('the log', 'pulling with ' + secretText('x'));");
    assert.equal(told.status, 1);
    assert.equal(run(t, ['--test'], "shown('the log', 'pulling');").status, 0);
  });

  test('fails the suite where the test itself prints it', (t) => {
    const suiteOf = ['scripts/test.ts'];
    assert.equal(run(t, suiteOf, "console.log('pulling');").status, 0);
    const { status, said } = run(t, suiteOf, "console.log('pulling with ' + secretText('x'));");
    assert.equal(status, 1);
    assert.match(said, /the output of the tests holds one of their secrets/);
  });
});

test('every secret of a test is made by the one function that marks it', () => {
  const others = [
    'test/support/secrets.ts',
    'test/unit/support/secrets.test.ts',
    'test/unit/kube/fake-connection.ts',
  ];
  // Keys are found by how every one of them begins.
  const isMarked = (made: string) => /^(?:secretOf|secretText)\(|^certificate\.key$/.test(made);
  for (const file of globSync('test/**/*.ts', { cwd: root }).filter((path) => !others.includes(path))) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [found, made = ''] of text.matchAll(/new Secret\(([^)]*)/g)) {
      assert.ok(isMarked(made), `${file}: ${found} is not marked`);
    }
    // What is shorter is in tests of the grammar alone, and could not be told from other text.
    for (const [found] of text.matchAll(
      /\b(?:password|identitytoken|registrytoken): (['"`])(?!\$)[^'"`]{8,}\1/g,
    )) {
      assert.fail(`${file}: ${found} is not marked`);
    }
  }
});
