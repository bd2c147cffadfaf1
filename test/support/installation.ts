import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..');

/** The namespace of the shipped manifests. */
export const systemNamespace = 'plimsoll-system';

/** The user name of the service account in it. */
export const controllerUser = `system:serviceaccount:${systemNamespace}:plimsoll`;

/** What a controller cannot do without, as `resource/name`. */
export const neededObjects = [
  `namespaces/${systemNamespace}`,
  'serviceaccounts/plimsoll',
  'clusterroles/plimsoll',
  'clusterrolebindings/plimsoll',
  'roles/plimsoll-leader-election',
  'rolebindings/plimsoll-leader-election',
];

/** Options of a suite that needs the audit log, or empties the cluster: on a cluster of the reader's own it is skipped. */
export const ownClusterOnly = process.env['PLIMSOLL_TEST_AUDIT_LOG']
  ? {}
  : { skip: 'only in the cluster of run.ts' };

/** An environment variable by which the test cluster tells where it is. */
export function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm run test:cluster`);
  return value;
}

/** Runs kubectl as the administrator, and resolves with what it prints. Rejects with what it complains of. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return run([`--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`, ...args]);
}

/** Applies objects as the administrator. */
export async function applyObjects(...objects: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const command = [`--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`, 'apply', '--filename=-'];
  const running = promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), command);
  running.child.stdin?.end(list);
  await running;
}

/** The objects of a text in YAML. */
export function documents(text: string): readonly JsonObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter(isJsonObject);
}

/** The names of the pods in the namespace of the controller, as `pod/name`: those that are on their way out too. */
export async function controllerPods(): Promise<readonly string[]> {
  return (await kubectl('get', 'pods', '-n', systemNamespace, '-o', 'name')).split('\n').filter(Boolean);
}

/** Applies the base of the shipped manifests, and nothing is left then of what another test has applied. */
export async function applyBase(): Promise<void> {
  await clearBase();
  await kubectl('apply', '-k', join(root, 'manifests/base'));
}

/** Removes it again, but for the definitions, which other tests use. */
export async function removeBase(): Promise<void> {
  const kinds = 'clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding';
  await kubectl('delete', kinds, '--selector=app.kubernetes.io/name=plimsoll');
  await kubectl('delete', 'namespace', systemNamespace, '--ignore-not-found', '--wait=false');
}

/** Removes it where another test has applied it, and resolves when it is gone. */
export async function clearBase(): Promise<void> {
  await removeBase();
  await kubectl('wait', '--for=delete', `namespace/${systemNamespace}`, '--timeout=120s');
}

/** Writes the administrator's kubeconfig with the token of the controller's service account instead; returns its path. */
export async function kubeconfigOfController(folder: string): Promise<string> {
  const token = (await kubectl('create', 'token', 'plimsoll', '-n', systemNamespace)).trim();
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, readFileSync(required('PLIMSOLL_TEST_KUBECONFIG')), { mode: 0o600 });
  const config = async (...args: string[]) => run([`--kubeconfig=${file}`, 'config', ...args]);
  await config('set-credentials', 'controller', `--token=${token}`);
  await config('set-context', '--current', '--user=controller', `--namespace=${systemNamespace}`);
  return file;
}

/** Milliseconds that something may take on a slow machine; what is asserted is that it comes, not when. */
const patience = 90_000;

/**
 * Resolves when the condition holds; one that throws does not hold yet, since nobody who asks a cluster is always answered.
 * Rejects when it never did, with the last answer of `told` where there is one, and with what it threw at last.
 */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  told: () => Promise<string> = async () => '',
): Promise<void> {
  const end = performance.now() + patience;
  for (;;) {
    let trouble: unknown;
    const holds = await condition().catch((error: unknown) => {
      trouble = error;
      return false;
    });
    if (holds) return;
    if (performance.now() > end) {
      throw new Error(`waited in vain for ${what} ${await told().catch(String)}`, { cause: trouble });
    }
    await sleep(100);
  }
}

async function run(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), [...args])).stdout;
}
