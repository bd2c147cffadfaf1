import { createHash } from 'node:crypto';
import { PolicySources } from '../../controllers/policies/policy-sources.ts';
import { readImagePolicy } from '../../kube/image-policies.ts';
import { kinds } from '../../kube/kinds.ts';
import { readNamespace } from '../../kube/namespace-projection.ts';
import { apiVersionOf, type Resource, resources } from '../../kube/resources.ts';
import { objectKey } from '../../kube/store.ts';
import { isJsonObject, type JsonObject, textAt } from '../../model/json.ts';
import { type Workload, workloadKinds } from '../../model/workload.ts';
import type { ConfiguredCredentials, Landscape } from './landscape.ts';

/**
 * The landscape that manifests describe: workloads, namespaces and ImagePolicies. There are no pods and no memory, and
 * pull secrets are not read. An object without a namespace lies in `namespace`.
 */
export function landscapeOfFiles(
  objects: readonly JsonObject[],
  namespace: string,
  configured: ConfiguredCredentials,
): Landscape {
  const workloads: Workload[] = [];
  const sources = new PolicySources();
  for (const object of objects.map((one) => placed(one, namespace))) {
    const workload = readWorkload(object);
    if (workload) workloads.push(workload);
    if (isOf(object, resources.namespaces)) {
      const settings = readNamespace(object);
      if (settings) sources.namespaces.set(settings.name, settings);
    }
    if (isOf(object, resources.imagePolicies)) {
      const policy = readImagePolicy(object);
      if (policy) sources.imagePolicies.set(objectKey(policy.namespace, policy.name), policy);
    }
  }
  return {
    workloads,
    sources,
    trackedOf: () => undefined,
    trackedIn: () => [],
    credentials: {
      resolve: async ({ workload, registry, path }) => {
        const credentials = configured({ namespace: workload.ref.namespace, registry, path });
        const source = credentials.map((credential) => credential.source).join('\n');
        const identity = createHash('sha256').update(source).digest('hex');
        return { credentials, identity: credentials.length > 0 ? identity : 'anonymous', problems: [] };
      },
    },
    running: undefined,
    warnings: [],
  };
}

function readWorkload(object: JsonObject): Workload | undefined {
  const kind = workloadKinds.find((known) => isOf(object, kinds[known].resource));
  return kind && kinds[kind].project(object);
}

function isOf(object: JsonObject, resource: Resource): boolean {
  return textAt(object, 'kind') === resource.kind && textAt(object, 'apiVersion') === apiVersionOf(resource);
}

function placed(object: JsonObject, namespace: string): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { namespace, ...metadata } };
}
