import { isJsonObject, listAt } from '../../src/model/json.ts';
import type { AuditedRequest } from './audit-log.ts';
import { kubectl, systemNamespace } from './installation.ts';

/** `VERB GROUP/RESOURCE` of everything that the installed roles of the controller allow. */
export async function allowed(): Promise<ReadonlySet<string>> {
  const roles = await Promise.all([
    kubectl('get', 'clusterroles', '-l', ours, '-o', 'json'),
    kubectl('get', 'roles', '-n', systemNamespace, '-l', ours, '-o', 'json'),
  ]);
  const rules = roles
    .flatMap((text) => listAt(JSON.parse(text), 'items'))
    .filter((role) => isJsonObject(role) && !isForPeople(role))
    .flatMap((role) => listAt(role, 'rules'));
  return new Set(rules.flatMap(permissionsOf));
}

/** The same of a request. */
export function permissionOf({ verb, group, resource }: AuditedRequest): string {
  return `${verb} ${group}/${resource}`;
}

const ours = 'app.kubernetes.io/name=plimsoll';

/** The aggregated roles are for people, and bound to nobody here. */
function isForPeople(role: unknown): boolean {
  return JSON.stringify(role).includes('rbac.authorization.k8s.io/aggregate-to-');
}

/** The same of one rule of a role. */
export function permissionsOf(rule: unknown): readonly string[] {
  const words = (key: string) => listAt(rule, key).map(String);
  return words('verbs').flatMap((verb) =>
    words('apiGroups').flatMap((group) =>
      words('resources').map((resource) => `${verb} ${group}/${resource}`),
    ),
  );
}
