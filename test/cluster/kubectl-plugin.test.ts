import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { textAt } from '../../src/model/json.ts';
import type { Backend } from '../behaviour/backend.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { undoing } from '../support/undoing.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What a program ended with. */
interface Ended {
  readonly code: number;
  readonly output: string;
  readonly complaints: string;
}

describe('kubectl plimsoll', { timeout: 300_000 }, () => {
  const kubectl = process.env['PLIMSOLL_TEST_KUBECTL'] ?? 'kubectl';
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-plugin-'));
  const defer = undoing();
  const people = new Map<string, KubeconfigFile>();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    defer(() => rmSync(folder, { recursive: true }));
    await run(process.execPath, [join(root, 'scripts/build.ts')]);
    for (const name of ['kubectl-plimsoll', 'kubectl_complete-plimsoll']) {
      symlinkSync(join(root, 'dist/plimsoll.js'), join(folder, name));
    }
    ({ backend, shop } = await openShop(defer));
    const roles = join(root, 'manifests/base/aggregated-roles.yaml');
    defer(() => asAdmin('delete', '--ignore-not-found', '-f', roles));
    await asAdmin('apply', '-f', roles);
    for (const role of ['edit', 'view', 'nobody']) people.set(role, await personWith(role));
    // The roles of the cluster are aggregated by its controller manager, in its own time.
    await shop.until('the role edit to cover it', () => may('edit', 'patch'));
    await shop.until('the role view to cover it', () => may('view', 'list'));
    await shop.push('web', '1.0.0');
    // Without replicas an update is complete as soon as it is written: this cluster may have no node.
    await shop.deploy({
      name: 'web',
      image: shop.image('web', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
      replicas: 0,
    });
    shop.start('--poll-interval=6h');
    await shop.saying('web', 'UpToDate');
  });

  const asAdmin = (...words: readonly string[]) =>
    run(kubectl, [`--kubeconfig=${backend.kubeconfig}`, ...words]);

  /** A person who has one of the cluster's own roles in the namespace of the shop. */
  async function personWith(role: string): Promise<KubeconfigFile> {
    const where = `--namespace=${shop.namespace}`;
    await asAdmin('create', 'serviceaccount', role, where);
    const subject = `--serviceaccount=${shop.namespace}:${role}`;
    if (role !== 'nobody')
      await asAdmin('create', 'rolebinding', role, `--clusterrole=${role}`, subject, where);
    const tokenFile = join(folder, role);
    writeFileSync(tokenFile, (await asAdmin('create', 'token', role, where)).stdout, { mode: 0o600 });
    const person = copyKubeconfig(backend.kubeconfig, { namespace: shop.namespace, tokenFile });
    defer(() => person.remove());
    return person;
  }

  /** Whether the API server lets a person do something with TrackedImages by now. */
  async function may(role: string, verb: string): Promise<boolean> {
    return (await typed(role, ['auth', 'can-i', verb, 'trackedimages.plimsoll.dev'])).code === 0;
  }

  /** What a person types after `kubectl plimsoll`. */
  const plimsoll = (role: string, line: string) => typed(role, ['plimsoll', ...line.split(' ')]);

  /** What a person types after `kubectl`. */
  async function typed(role: string, words: readonly string[]): Promise<Ended> {
    const path = [folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const env = { PATH: path, HOME: folder, KUBECONFIG: people.get(role)?.file ?? '' };
    try {
      const { stdout, stderr } = await run(kubectl, words, { env });
      return { code: 0, output: stdout.trim(), complaints: stderr.trim() };
    } catch (error) {
      const text = (field: string) => (textAt(error, field) ?? '').trim();
      const code = error instanceof Error && 'code' in error ? Number(error.code) : -1;
      return { code, output: text('stdout'), complaints: text('stderr') };
    }
  }

  it('is a plug-in that tells its own name', async () => {
    const { output } = await plimsoll('view', 'hold --help');
    assert.match(output, /^Usage: kubectl plimsoll hold KIND\/NAME \[flags\]$/m);
  });

  it('lets who may edit the namespace steer', async () => {
    await shop.push('web', '1.1.0');
    assert.equal((await plimsoll('edit', 'hold deploy/web')).code, 0);
    const checked = await plimsoll('edit', 'check deployment web');
    assert.match(checked.output, /^deployment\/web web: the registry was looked at; Held\/PersonalHold: /);
    assert.equal((await plimsoll('edit', 'resume deployment/web')).code, 0);
    await shop.outcome('web', 'Unverified');
    await shop.saying('web', 'UpToDate');
    assert.equal(await shop.imageOf('web'), shop.image('web', '1.1.0'));
    const { output } = await plimsoll('edit', 'history');
    assert.match(output, /deployment\/web +web +web:1\.0\.0 +1\.1\.0 /);
  });

  it('lets who may view it look, and says what else is needed', async () => {
    const shown = await plimsoll('view', 'status');
    assert.match(shown.output, /^deployment\/web +web +web:1\.1\.0/m);
    const refused = await plimsoll('view', 'hold deployment/web');
    assert.equal(refused.code, 1);
    assert.match(
      refused.complaints,
      /^kubectl plimsoll hold: \S+:view may not patch trackedimages in namespace \S+; .* edit, as installed/,
    );
  });

  it('is completed by kubectl, with what the person may see', async () => {
    const offered = async (role: string, ...words: readonly string[]) =>
      (await typed(role, ['__complete', 'plimsoll', ...words])).output.split('\n');
    assert.ok((await offered('view', 'res')).some((line) => line.startsWith('resume\t')));
    const [workload, ...rest] = await offered('view', 'hold', 'dep');
    assert.equal(workload, 'deployment/web\tUpToDate');
    assert.deepEqual(rest.slice(0, 1), [':4']);
    assert.equal((await offered('nobody', 'hold', 'dep'))[0], ':4');
  });

  it('says in one line what a person may not do at all, and what is wrong usage', async () => {
    const refused = await plimsoll('nobody', 'status');
    assert.equal(refused.code, 1);
    assert.match(
      refused.complaints,
      /:nobody may not list trackedimages in namespace \S+; .* view, as installed/,
    );
    const wrong = await plimsoll('edit', 'hold web');
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.complaints,
      /name one workload as KIND\/NAME, deployment\/web for example; see kubectl plimsoll hold --help/,
    );
  });
});
