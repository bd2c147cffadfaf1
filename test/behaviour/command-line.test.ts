import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Backend, startBackend } from './backend.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';

describe('plimsoll on the command line', { timeout: 120_000 }, () => {
  let backend: Backend;
  let folder: string;

  before(async () => {
    // What is tested is what somebody types on a machine.
    backend = await startBackend({ controllers: 'local' });
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-'));
  });
  after(async () => {
    await backend.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ended = async (...args: readonly string[]) => {
    const plimsoll = new PlimsollProcess(args);
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
    const port = await closedPort();
    await writeFile(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
    const plimsoll = new PlimsollProcess(['run', `--kubeconfig=${kubeconfig}`, '--address=127.0.0.1:0']);
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
    const plimsoll = new PlimsollProcess(['run', ...flags]);
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
  const end = performance.now() + 30_000;
  while (!pattern.test(plimsoll.output)) {
    if (performance.now() > end) assert.fail(`${String(pattern)} was not written:\n${plimsoll.output}`);
    await setTimeout(20);
  }
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 9;
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
