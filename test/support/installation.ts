import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject, numberAt, textAt } from '../../src/model/json.ts';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..');

/** The namespace of the shipped manifests. */
export const systemNamespace = 'plimsoll-system';

/** The user name of the service account in it. */
export const controllerUser = `system:serviceaccount:${systemNamespace}:plimsoll`;

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
  await kubectl('wait', '--for=delete', `namespace/${systemNamespace}`, '--timeout=60s');
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

/** A request of the controller's service account, as the audit log has it. */
export interface AuditedRequest {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `trackedimages/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly code: number;
  /** Why it was allowed: names the binding and the role. */
  readonly allowedBy: string;
  /** `User-Agent`. */
  readonly agent: string;
  /** When it came, as the audit log writes it: in UTC, and texts are ordered as their times. */
  readonly at: string;
}

/** Every request that the controller's service account has made so far, in order, or since a position. */
export function auditedRequests(since = 0): readonly AuditedRequest[] {
  const file = openSync(required('PLIMSOLL_TEST_AUDIT_LOG'), 'r');
  const written = Buffer.alloc(Math.max(auditPosition() - since, 0));
  readSync(file, written, { position: since });
  closeSync(file);
  const lines = written.toString().split('\n');
  // An administrator who acts as that account has another user here.
  const itself = `"user":{"username":"${controllerUser}"`;
  return lines.filter((line) => line.includes(itself)).map(readRequest);
}

/** Where the audit log ends by now. */
export function auditPosition(): number {
  return statSync(required('PLIMSOLL_TEST_AUDIT_LOG')).size;
}

function readRequest(line: string): AuditedRequest {
  const entry: unknown = JSON.parse(line);
  const resource = textAt(entry, 'objectRef', 'resource') ?? '';
  const subresource = textAt(entry, 'objectRef', 'subresource');
  return {
    verb: textAt(entry, 'verb') ?? '',
    group: textAt(entry, 'objectRef', 'apiGroup') ?? '',
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace: textAt(entry, 'objectRef', 'namespace') ?? '',
    code: numberAt(entry, 'responseStatus', 'code') ?? 0,
    allowedBy: textAt(entry, 'annotations', 'authorization.k8s.io/reason') ?? '',
    agent: textAt(entry, 'userAgent') ?? '',
    at: textAt(entry, 'requestReceivedTimestamp') ?? '',
  };
}

/** Resolves when the condition holds; rejects after a minute, with the last answer of `told` where there is one. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  told: () => Promise<string> = async () => '',
): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited a minute in vain for ${what} ${await told()}`);
    await sleep(100);
  }
}

async function run(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), [...args])).stdout;
}
