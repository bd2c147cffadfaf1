import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { complete } from '../../src/commands/completion/complete.ts';
import { completionScripts } from '../../src/commands/completion/scripts.ts';
import { statusCommand } from '../../src/commands/status/status.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { runCommandLine } from '../support/command-line.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';
import type { Backend } from './backend.ts';
import { connectTo } from './connection.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('a person at a terminal', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let proxy: ApiProxy;
  let kubeconfig: KubeconfigFile;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    proxy = await ApiProxy.start(connectTo(backend.kubeconfig));
    defer(() => proxy.close());
    kubeconfig = copyKubeconfig(backend.kubeconfig, { namespace: shop.namespace, server: proxy.url });
    defer(() => kubeconfig.remove());
    for (const tag of ['1.0.0', '1.1.0']) await shop.push('web', tag);
    const annotations = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/mode': 'approve' };
    await shop.deploy({ name: 'web', image: shop.image('web', '1.0.0'), annotations, replicas: 0 });
    shop.start();
    await shop.saying('web', 'AwaitingApproval');
  });

  it('watches what changes over a loss of the API server, and ends with Ctrl-C', async (context) => {
    const deferOfTest = undoing(context);
    deferOfTest(async () => {
      await shop.annotate('web', { 'plimsoll.dev/mode': 'approve', 'plimsoll.dev/suspend': null });
      await shop.saying('web', 'AwaitingApproval');
    });
    const watch = new PlimsollProcess(['status', '--watch', `--kubeconfig=${kubeconfig.file}`]);
    deferOfTest(() => watch.close());
    const says = (pattern: RegExp) => until(String(pattern), async () => pattern.test(watch.output));
    await says(/Z deployment\/web web web:1\.0\.0 Held\/AwaitingApproval: 1\.1\.0 is newer/);
    await shop.annotate('web', { 'plimsoll.dev/mode': 'notify' });
    await says(/Z deployment\/web web web:1\.0\.0 Held\/NotifyOnly: /);
    deferOfTest(() => proxy.heal());
    proxy.cut();
    await says(/waiting for the API server: /);
    await shop.annotate('web', { 'plimsoll.dev/suspend': 'true' });
    proxy.heal();
    await says(/the API server answers again/);
    await says(/Held\/Suspended: /);
    watch.kill('SIGINT');
    assert.equal(await watch.ended(), 0);
  });

  it('sees the whole picture drawn on a terminal', async () => {
    const stop = new AbortController();
    const args = ['--watch', '--kubeconfig', kubeconfig.file];
    const asked = Promise.withResolvers<void>();
    proxy.before = async ({ query }) => (query.has('watch') ? asked.resolve() : undefined);
    const watching = runCommandLine(statusCommand, args, { terminal: true, signal: stop.signal });
    await asked.promise;
    stop.abort();
    const { code, output } = await watching;
    assert.equal(code, 0);
    assert.match(output, /WORKLOAD +CONTAINER[^]*AwaitingApproval[^]*watching; Ctrl-C ends/);
  });

  /** What is offered in place of the last word. */
  async function offered(...args: readonly string[]): Promise<readonly string[]> {
    const env = { KUBECONFIG: kubeconfig.file };
    const { output } = await runCommandLine({ run: complete }, args, { env });
    return output.split('\n').map((line) => line.split('\t')[0] ?? '');
  }

  it('is offered what is tracked, its containers and what waits for approval', async () => {
    assert.deepEqual(await offered('hold', 'dep'), ['deployment/web', ':4']);
    assert.deepEqual(await offered('hold', 'deploy/w'), ['deploy/web', ':4']);
    assert.deepEqual(await offered('hold', 'deployment/web', '-c', ''), ['web', ':4']);
    const [candidate] = await offered('approve', 'deploy/web', '');
    assert.match(candidate ?? '', /^1\.1\.0@sha256:/);
    assert.ok((await offered('status', '-n', '')).includes(shop.namespace));
    assert.deepEqual(await offered('hold', '-n', 'elsewhere', ''), [':4']);
  });

  it('is offered the same under the name by which kubectl asks', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
    undoing(context)(() => rmSync(folder, { recursive: true }));
    const link = join(folder, 'kubectl_complete-plimsoll');
    symlinkSync(main, link);
    const env = { PATH: process.env['PATH'], KUBECONFIG: kubeconfig.file };
    const { stdout } = await promisify(execFile)(process.execPath, [link, 'hold', 'dep'], { env });
    assert.equal(stdout, 'deployment/web\tHeld/AwaitingApproval\n:4\n');
  });

  it('is offered the same by bash', async () => {
    const script = `${completionScripts.bash}
      plimsoll() { ${process.execPath} ${main} "$@"; }
      COMP_WORDS=(plimsoll hold dep) COMP_CWORD=2
      _plimsoll; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: process.env['PATH'], KUBECONFIG: kubeconfig.file };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env });
    assert.equal(stdout, 'deployment/web\n');
  });
});
