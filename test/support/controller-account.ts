import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { at, isJsonObject, listAt, textAt } from '../../src/model/json.ts';
import { type AuditedRequest, auditPosition, auditedRequests, isRefused } from './audit-log.ts';
import {
  applyObjects,
  controllerUser,
  documents,
  eventually,
  kubeconfigOfController,
  kubectl,
  neededObjects,
  root,
  systemNamespace,
} from './installation.ts';

/** A cluster of the reader's own has no audit log that we can read. */
const audited = process.env['PLIMSOLL_TEST_AUDIT_LOG'] !== undefined;

const oversteps: AuditedRequest[] = [];

after(() => {
  assert.deepEqual(oversteps, []);
});

/** Shipped roles that hold in one namespace, by what they permit. */
const shippedRoles = {
  'pull-secrets': 'manifests/pull-secrets/role.yaml',
  'stuck-pods': 'manifests/stuck-pods/role.yaml',
  'leader-election': 'manifests/base/leader-election.yaml',
} as const;

/** A shipped role that holds in one namespace. */
export type ShippedRole = keyof typeof shippedRoles;

/**
 * The service account of the shipped manifests, with their roles and under their admission policy, on a real cluster.
 * A controller outside of the cluster works as it would inside.
 */
export class ControllerAccount {
  readonly #folder: string;
  /** Names its token; its context is the namespace of the manifests. */
  readonly kubeconfig: string;

  private constructor(folder: string, kubeconfig: string) {
    this.#folder = folder;
    this.kubeconfig = kubeconfig;
  }

  /** Installs the account where it is missing: once in a run, unless a test removes it. */
  static async open(): Promise<ControllerAccount> {
    if (!(await isInstalled())) await install();
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-account-'));
    return new ControllerAccount(folder, await kubeconfigOfController(folder));
  }

  /** Gives it what a shipped role permits in a namespace, for secrets of these names where it is about secrets. */
  async permit(role: ShippedRole, namespace: string, secrets: readonly string[] = []): Promise<void> {
    const objects = documents(readFileSync(join(root, shippedRoles[role]), 'utf8')).map((object) => ({
      ...object,
      metadata: { name: textAt(object, 'metadata', 'name'), namespace },
      ...('rules' in object ? { rules: listAt(object, 'rules').map((rule) => naming(rule, secrets)) } : {}),
    }));
    await applyObjects(...objects);
    await eventually(`${role} to be permitted`, async () => permits(objects[0], namespace));
  }

  /** Where the audit log is now, for {@link ControllerAccount.audit}. */
  now(): number {
    return audited ? auditPosition() : 0;
  }

  /**
   * Looks at what the account has asked for since then in a namespace, and for the whole cluster. When the tests of the file
   * have ended, the file fails if any of that was refused, or allowed by another role than the shipped ones.
   */
  audit(since: number, namespace: string): void {
    if (!audited) return;
    const asked = auditedRequests(since).filter((request) => ['', namespace].includes(request.namespace));
    oversteps.push(...asked.filter(isOverstep));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/**
 * Whether a request for a resource was refused, or allowed by another role than the shipped ones, which RBAC names in the
 * audit log. By `system:basic-user` anybody may ask what they may do.
 */
export function isOverstep(request: AuditedRequest): boolean {
  if (request.resource === '') return false;
  return isRefused(request) || !/ of (Cluster)?Role "(plimsoll|system:basic-user")/.test(request.allowedBy);
}

/** Whether all of it is there, and stays. Other tests install some of the same names, and remove them in their own time. */
async function isInstalled(): Promise<boolean> {
  const asked = ['-n', systemNamespace, '--ignore-not-found', '-o', 'json'];
  const found = await kubectl('get', ...neededObjects, ...asked);
  const objects = found === '' ? [] : listAt(JSON.parse(found), 'items');
  const staying = objects.filter((object) => at(object, 'metadata', 'deletionTimestamp') === undefined);
  return staying.length === neededObjects.length;
}

/** The base of the manifests without the Deployment: the tests run controllers of their own. */
async function install(): Promise<void> {
  await eventually('the namespace of an earlier install to be gone', async () => {
    const phase = ['--ignore-not-found', '-o', 'jsonpath={.status.phase}'];
    return (await kubectl('get', 'namespace', systemNamespace, ...phase)) !== 'Terminating';
  });
  const base = documents(await kubectl('kustomize', join(root, 'manifests/base')));
  const objects = base.filter((object) => object['kind'] !== 'Deployment');
  await applyObjects(...objects);
  const role = objects.find(
    (object) => object['kind'] === 'ClusterRole' && textAt(object, 'metadata', 'name') === 'plimsoll',
  );
  await eventually('the roles to be in force', async () => permits(role, 'default'));
}

/** Whether the API server knows of a role by now: it learns of them a moment later. */
async function permits(role: unknown, namespace: string): Promise<boolean> {
  const [rule] = listAt(role, 'rules');
  const first = (key: string) => listAt(rule, key).map(String)[0] ?? '';
  const names = listAt(rule, 'resourceNames').length > 0 ? `/${first('resourceNames')}` : '';
  const group = first('apiGroups') === '' ? '' : `.${first('apiGroups')}`;
  const asked = [
    first('verbs'),
    `${first('resources')}${group}${names}`,
    '-n',
    namespace,
    `--as=${controllerUser}`,
  ];
  return kubectl('auth', 'can-i', ...asked).then(
    () => true,
    () => false,
  );
}

function naming(rule: unknown, secrets: readonly string[]): unknown {
  return isJsonObject(rule) && listAt(rule, 'resources').includes('secrets')
    ? { ...rule, resourceNames: secrets }
    : rule;
}
