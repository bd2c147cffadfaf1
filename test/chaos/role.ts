import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { listAt, textAt } from '../../src/model/json.ts';
import { verbOf } from '../../src/sandbox/api-server/request-log.ts';
import type { ProxiedRequest } from '../support/api-proxy.ts';

const manifests = join(import.meta.dirname, '..', '..', 'manifests');
/** What the shipped manifests bind to the controller. */
const bound = ['base/cluster-role.yaml', 'base/leader-election.yaml'];
/** What a namespace may grant besides; the controller asks whether it did, and the embedded API server says yes. */
const optional = 'stuck-pods/role.yaml';

/** A request in the words of RBAC. */
interface Access {
  readonly verb: string;
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  /** Empty where the request is for the whole cluster. */
  readonly namespace: string;
  /** Empty for a whole collection. */
  readonly name: string;
}

interface Rule {
  readonly verbs: readonly unknown[];
  readonly groups: readonly unknown[];
  readonly resources: readonly unknown[];
  /** Empty: whatever name. */
  readonly names: readonly unknown[];
  /** Undefined: in every namespace. */
  readonly namespace: string | undefined;
}

/** By the role `system:basic-user` anybody may ask what they may do. */
const everybodys: Rule = {
  verbs: ['create'],
  groups: ['authorization.k8s.io'],
  resources: ['selfsubjectaccessreviews'],
  names: [],
  namespace: undefined,
};

/** What the shipped roles let the controller do. */
export class Role {
  readonly #rules: readonly Rule[] = [
    ...bound.flatMap(readRules),
    ...readRules(optional).map((rule) => ({ ...rule, namespace: undefined })),
    everybodys,
  ];

  /** The request as a line for people where the roles do not allow it; undefined where they do. */
  refuse(request: ProxiedRequest): string | undefined {
    const access = accessOf(request);
    // Everybody may discover what is served: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
    if (!access || this.#rules.some((rule) => allows(rule, access))) return undefined;
    const { verb, group, resource, namespace } = access;
    return `${verb} ${group}/${resource} in ${namespace || 'the whole cluster'}`;
  }
}

function allows(rule: Rule, { verb, group, resource, namespace, name }: Access): boolean {
  return (
    rule.verbs.includes(verb) &&
    rule.groups.includes(group) &&
    rule.resources.includes(resource) &&
    (rule.namespace ?? namespace) === namespace &&
    (rule.names.length === 0 || rule.names.includes(name))
  );
}

function readRules(file: string): readonly Rule[] {
  const documents = parseAllDocuments(readFileSync(join(manifests, file), 'utf8'));
  return documents.flatMap((document) => {
    const role: unknown = document.toJS();
    return listAt(role, 'rules').map((rule) => ({
      verbs: listAt(rule, 'verbs'),
      groups: listAt(rule, 'apiGroups'),
      resources: listAt(rule, 'resources'),
      names: listAt(rule, 'resourceNames'),
      namespace: textAt(role, 'metadata', 'namespace'),
    }));
  });
}

/** Reads a request for a resource; undefined for everything else that a server answers. */
function accessOf({ method, path, query }: ProxiedRequest): Access | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const isCore = parts[0] === 'api';
  const group = isCore ? '' : (parts[1] ?? '');
  const rest = parts.slice(isCore ? 2 : 3);
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural, name = '', subresource] = isNamespaced ? rest.slice(2) : rest;
  if (plural === undefined) return undefined;
  return {
    verb: verbOf(method, name === '', query.get('watch') === 'true'),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    namespace: isNamespaced ? (rest[1] ?? '') : '',
    name,
  };
}
