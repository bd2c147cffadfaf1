import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it, suite } from 'node:test';
import { promisify } from 'node:util';
import { numberAt, textAt } from '../../src/model/json.ts';
import { type Backend, startBackend } from '../behaviour/backend.ts';
import { Exhibit } from '../behaviour/exhibit.ts';
import { Shop } from '../behaviour/shop.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';

const system = 'plimsoll-system';
const user = `system:serviceaccount:${system}:plimsoll`;
const manifests = join(import.meta.dirname, '..', '..', 'manifests');
const ownClusterOnly = process.env['PLIMSOLL_TEST_AUDIT_LOG']
  ? {}
  : { skip: 'only in the cluster of run.ts' };

/** The controller as the service account of the manifests: what it may do is what somebody has permitted. */
suite('the stuck pod of a StatefulSet that was put back', { timeout: 180_000, ...ownClusterOnly }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-stuck-pods-'));
  let backend: Backend;
  let shop: Shop;
  let kubeconfig: KubeconfigFile;
  let controller: PlimsollProcess;
  /** How much was refused to that account in other tests, which take its permissions away while it works. */
  let earlier: number;

  before(async () => {
    earlier = refusedRequests().length;
    backend = await startBackend();
    shop = await Shop.open(backend);
    // Another test may have removed it just now.
    await kubectl('wait', '--for=delete', `namespace/${system}`, '--timeout=60s');
    await kubectl('create', 'namespace', system);
    await kubectl('apply', '-f', join(manifests, 'base/service-account.yaml'));
    await kubectl('apply', '-f', join(manifests, 'base/cluster-role.yaml'));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, await kubectl('create', 'token', 'plimsoll', '-n', system), { mode: 0o600 });
    kubeconfig = copyKubeconfig(backend.kubeconfig, { namespace: system, tokenFile });
    controller = new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig.file}`,
      `--namespace=${shop.namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
    ]);
  });
  after(async () => {
    controller.kill('SIGTERM');
    await controller.ended();
    kubeconfig.remove();
    rmSync(folder, { recursive: true });
    await shop.close();
    await backend.close();
    await kubectl('delete', 'namespace', system, '--wait=false');
    await kubectl('delete', 'clusterrole,clusterrolebinding', 'plimsoll');
  });

  it('is left to people, who are told, until the permission is given', async () => {
    const db = await stuckSet();
    const told = await shop.until('the pod to be told', async () => {
      const message = textAt(await db.tracked(), 'message') ?? '';
      return message.includes('pod db-0 must be deleted by somebody') && message;
    });
    assert.match(told, /:1\.1\.0 was put back to \S+:1\.0\.0/);
    assert.equal(await db.image(), shop.image('db', '1.0.0'));
    assert.deepEqual(await db.podImages(), { 'db-0': shop.image('db', '1.1.0') });
    assert.deepEqual(refusedRequests().slice(earlier), []);

    const role = readFileSync(join(manifests, 'stuck-pods/role.yaml'), 'utf8');
    const file = join(folder, 'role.yaml');
    writeFileSync(file, role.replaceAll('namespace: shop', `namespace: ${shop.namespace}`));
    await kubectl('apply', '-f', file);
    // Anything that happens to the workload makes it look again; by itself it would after a minute.
    await db.merge({ metadata: { annotations: { 'plimsoll.dev/verify-for': '2s' } } });

    await shop.until('the old image to run', async () => {
      const pods = await db.pods();
      return pods.some(({ ready, images }) => ready && images.get('web') === shop.image('db', '1.0.0'));
    });
    assert.deepEqual(refusedRequests().slice(earlier), []);
  });

  /** A StatefulSet whose update named an image that is gone. */
  async function stuckSet(): Promise<Exhibit> {
    await shop.push('db', '1.0.0');
    await shop.push('db', '1.1.0');
    const db = await Exhibit.make(shop, 'StatefulSet', 'db', {
      image: shop.image('db', '1.0.0'),
      policy: 'minor',
      // A further look would find out that the image is gone.
      annotations: { 'plimsoll.dev/mode': 'notify', 'plimsoll.dev/interval': '1h' },
    });
    await db.ready();
    await db.saying('NotifyOnly');
    await backend.deleteTag(shop.repository('db'), '1.1.0');
    await db.merge({ metadata: { annotations: { 'plimsoll.dev/mode': null } } });
    await db.outcome('RolledBack');
    return db;
  }
});

/** What the API server refused to the service account. */
function refusedRequests(): readonly string[] {
  return readFileSync(required('PLIMSOLL_TEST_AUDIT_LOG'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"username":"${user}"`))
    .map((line): unknown => JSON.parse(line))
    .filter((entry) => numberAt(entry, 'responseStatus', 'code') === 403)
    .map((entry) => `${textAt(entry, 'verb')} ${textAt(entry, 'requestURI')}`);
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const kubeconfig = `--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`;
  return (await promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), [kubeconfig, ...args])).stdout.trim();
}

function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm run test:cluster`);
  return value;
}
