import { ok, type Result } from '../model/result.ts';
import type { Container, Workload } from '../model/workload.ts';
import { isAnnotated, readAnnotationsOf } from './annotations.ts';
import { byPrecedence, type CompiledImagePolicy } from './image-policy.ts';
import type { PolicyLayer } from './policy-layer.ts';

/** What stands around a workload and may set its policy. */
export interface Surroundings {
  /** Annotations of its namespace. */
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  /** The ImagePolicies of its namespace, in any order. */
  readonly imagePolicies: readonly CompiledImagePolicy[];
}

/** A namespace without annotations and ImagePolicies. */
export const noSurroundings: Surroundings = { namespaceAnnotations: {}, imagePolicies: [] };

/**
 * The layers that surround each container of a workload, strongest first: ImagePolicies by precedence, then the
 * namespace's keys for that container, then its keys for all. A broken source that speaks of the workload is a problem.
 */
export function layersAround(
  workload: Workload,
  { namespaceAnnotations, imagePolicies }: Surroundings,
): Result<(container: Container) => readonly PolicyLayer[]> {
  const selecting: { readonly policy: CompiledImagePolicy; readonly layer: PolicyLayer }[] = [];
  for (const policy of imagePolicies.toSorted(byPrecedence)) {
    if (!policy.selects(workload) || !workload.containers.some(policy.covers)) continue;
    if (!policy.layer.ok) return policy.layer;
    selecting.push({ policy, layer: policy.layer.value });
  }
  const namespace = isAnnotated(namespaceAnnotations)
    ? readAnnotationsOf(
        { containerNames: undefined, suffix: ` of Namespace ${workload.ref.namespace}` },
        namespaceAnnotations,
      )
    : undefined;
  if (namespace?.ok === false) return namespace;
  return ok((container) => [
    ...selecting.filter(({ policy }) => policy.covers(container)).map(({ layer }) => layer),
    ...[namespace?.value.containers.get(container.name), namespace?.value.workload].filter(
      (layer) => layer !== undefined,
    ),
  ]);
}
