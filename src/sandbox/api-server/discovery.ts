import type { JsonObject } from '../../model/json.ts';
import type { ResourceCatalog } from './resource-catalog.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';

/** The version that the sandbox stands for. */
const kubernetesVersion = '1.36.3';

const objectVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Reviews are answered and never kept, so they are no rows of the resource table. */
const accessReview: JsonObject = {
  name: 'selfsubjectaccessreviews',
  singularName: 'selfsubjectaccessreview',
  namespaced: false,
  kind: 'SelfSubjectAccessReview',
  verbs: ['create'],
};
const authorization = { group: 'authorization.k8s.io', version: 'v1' };

/** The document at a path through which clients find out what is served; undefined at any other path. */
export function discoveryDocument(path: string, catalog: ResourceCatalog): JsonObject | undefined {
  const [root, group, version, ...more] = path.split('/').filter((part) => part !== '');
  if (root === 'version' && group === undefined) return versionDocument();
  if (path === '/openapi/v3') return { paths: {} };
  if (root === 'api') return coreDocument(group, version, catalog);
  if (root === 'apis' && more.length === 0) return groupsDocument(group, version, catalog);
  return undefined;
}

function versionDocument(): JsonObject {
  const [major, minor] = kubernetesVersion.split('.');
  return { major, minor, gitVersion: `v${kubernetesVersion}`, platform: 'linux/amd64' };
}

function coreDocument(
  version: string | undefined,
  more: string | undefined,
  catalog: ResourceCatalog,
): JsonObject | undefined {
  if (version === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  return version === 'v1' && more === undefined ? resourceList('', 'v1', catalog) : undefined;
}

function groupsDocument(
  group: string | undefined,
  version: string | undefined,
  catalog: ResourceCatalog,
): JsonObject | undefined {
  if (group !== undefined && version !== undefined) return resourceList(group, version, catalog);
  const groups = apiGroups(catalog);
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  const found = groups.find(({ name }) => name === group);
  return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...found };
}

function apiGroups(catalog: ResourceCatalog): readonly JsonObject[] {
  const served = [authorization, ...catalog.all()].filter(({ group }) => group !== '');
  return [...Map.groupBy(served, ({ group }) => group)].map(([name, types]) => {
    const versions = [...new Set(types.map(({ version }) => version))].map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

function resourceList(group: string, version: string, catalog: ResourceCatalog): JsonObject | undefined {
  const types = catalog.all().filter((type) => type.group === group && type.version === version);
  const reviews = group === authorization.group && version === authorization.version ? [accessReview] : [];
  if (types.length === 0 && reviews.length === 0) return undefined;
  const groupVersion = apiVersionOf({ group, version });
  const resources = [...types.flatMap(resourceEntries), ...reviews];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function resourceEntries(type: ResourceType): readonly JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = type;
  const names = shortNames.length === 0 ? {} : { shortNames };
  const groups = categories.length === 0 ? {} : { categories };
  const whole = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: objectVerbs,
    ...names,
    ...groups,
  };
  const parts = [...type.subresources].map((part) => ({
    name: `${plural}/${part}`,
    singularName: '',
    namespaced,
    ...partKind(type, part),
  }));
  return [whole, ...parts];
}

function partKind({ kind }: ResourceType, part: string): JsonObject {
  switch (part) {
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
    case 'binding':
      return { kind: 'Binding', verbs: ['create'] };
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
    default:
      return { kind, verbs: ['get', 'patch', 'update'] };
  }
}
