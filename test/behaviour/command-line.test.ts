import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';
import { type Backend, startBackend } from './backend.ts';

/** The port of the discard protocol: nobody has it, and unlike one that was free a moment ago nobody is given it. */
const nobodyListens = 'http://127.0.0.1:9';

describe('plimsoll on the command line', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let folder: string;

  before(async () => {
    // What is tested is what somebody types on a machine.
    backend = await startBackend({ controllers: 'local' });
    defer(() => backend.close());
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-'));
    defer(() => rm(folder, { recursive: true }));
  });

  const start = (...args: readonly string[]) => {
    const plimsoll = new PlimsollProcess(args);
    defer(() => plimsoll.close());
    return plimsoll;
  };

  const ended = async (...args: readonly string[]) => {
    const plimsoll = start(...args);
    const code = await plimsoll.ended();
    return { code, output: plimsoll.output };
  };

  it('explains itself', async () => {
    const { code, output } = await ended('--help');
    assert.equal(code, 0);
    assert.match(output, /plimsoll COMMAND/);
  });

  it('refuses an unknown command and an unknown flag in one line, with exit code 2', async () => {
    for (const args of [
      ['rnu'],
      ['run', '--pol-interval=5m'],
      ['run', '--poll-interval=soon'],
      ['demo', '--kepe'],
    ]) {
      const { code, output } = await ended(...args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(output.trim().split('\n').length, 1, output);
      assert.match(output, /--help/);
    }
  });

  it('says which kubeconfig is missing, and what is wrong with a broken one', async () => {
    const missing = await ended('run', '--kubeconfig=/nowhere/config');
    assert.equal(missing.code, 1);
    assert.match(missing.output, /^kubeconfig \/nowhere\/config does not exist.*\n$/);

    const broken = join(folder, 'broken');
    await writeFile(broken, 'apiVersion: v1\nkind: Config\nclusters: [}\n');
    const refused = await ended('run', `--kubeconfig=${broken}`);
    assert.equal(refused.code, 1);
    assert.ok(refused.output.includes(broken), refused.output);
  });

  it('waits for an API server that cannot be reached, says so, and ends on SIGTERM', async () => {
    const kubeconfig = join(folder, 'unreachable');
    await writeFile(kubeconfig, kubeconfigFor(nobodyListens));
    const plimsoll = start('run', `--kubeconfig=${kubeconfig}`, '--address=127.0.0.1:0');
    await said(plimsoll, /not ready: .*ECONNREFUSED/);
    plimsoll.kill('SIGTERM');
    assert.equal(await plimsoll.ended(), 0);
  });

  it('serves metrics and probes, becomes ready, and ends cleanly on SIGTERM', async () => {
    const flags = [
      `--kubeconfig=${backend.controllerKubeconfig}`,
      '--address=127.0.0.1:0',
      '--namespace=default',
    ];
    const plimsoll = start('run', ...flags);
    await said(plimsoll, /"port":\d+/);
    const port = plimsoll.log.find((line) => 'port' in line)?.['port'];
    const read = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    assert.equal((await read('/livez')).status, 200);
    const ready = await read('/readyz');
    if (ready.status === 503) assert.match(ready.text, /cache|kubectl apply/);
    assert.match((await read('/metrics')).text, /^plimsoll_build_info\{version="[^"]+"\} 1$/m);
    plimsoll.kill('SIGTERM');
    assert.equal(await plimsoll.ended(), 0);
  });
});

/** Waits until a process has written something. */
async function said(plimsoll: PlimsollProcess, pattern: RegExp): Promise<void> {
  await until(`${String(pattern)} to be written`, () => pattern.test(plimsoll.output)).catch(
    (error: unknown) => assert.fail(`${String(error)}:\n${plimsoll.output}`),
  );
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: { token: 'none' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
