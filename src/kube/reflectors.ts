import type { ImagePolicy } from '../model/image-policy.ts';
import { type JsonObject, textAt } from '../model/json.ts';
import type { TrackedImage } from '../model/tracked-image.ts';
import { type Workload, type WorkloadKind, workloadKinds } from '../model/workload.ts';
import { readImagePolicy } from './image-policies.ts';
import { kinds } from './kinds.ts';
import { type NamespaceSettings, readNamespace } from './namespace-projection.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { resources } from './resources.ts';
import type { Store } from './store.ts';
import { readTrackedImage } from './tracked-images.ts';

/** A reflector of whatever resource. */
export type Watcher = Pick<
  Reflector<unknown>,
  'resource' | 'objects' | 'stuck' | 'lastHeard' | 'run' | 'synced' | 'problem' | 'whenSynced'
> &
  Partial<Pick<Reflector<unknown>, 'namespace'>>;

/** Where workloads are followed. */
export interface NamespaceScope {
  /** In these namespaces only; empty: in all. */
  readonly only: readonly string[];
  /** In none of these, where it is all: what is in them is read past. */
  readonly except: readonly string[];
}

/** Where what is watched is kept. */
export interface WatchedStores {
  readonly workloads: (kind: WorkloadKind) => Store<Workload>;
  readonly trackedImages: Store<TrackedImage>;
  readonly imagePolicies: Store<ImagePolicy>;
  readonly namespaces: Store<NamespaceSettings>;
}

/**
 * The reflectors of everything that the controller watches, in some namespaces or, where none is named, in all. An install
 * for some namespaces may not read namespaces themselves, so there they set no policy.
 */
export function buildReflectors(
  base: Pick<ReflectorOptions<unknown>, 'client' | 'clock' | 'log' | 'metrics' | 'recovered' | 'answers'>,
  { only, except }: NamespaceScope,
  stores: WatchedStores,
): readonly Watcher[] {
  const { trackedImages, imagePolicies, namespaces } = stores;
  const scopes = only.length > 0 ? only : [undefined];
  const scoped = scopes.flatMap((namespace) => [
    ...workloadKinds.map((kind) => {
      const { resource, optional } = kinds[kind];
      const project = outside(except, kinds[kind].project);
      const store = stores.workloads(kind);
      return new Reflector({ ...base, namespace, resource, optional, project, store });
    }),
    new Reflector({
      ...base,
      namespace,
      resource: resources.trackedImages,
      project: outside(except, readTrackedImage),
      store: trackedImages,
    }),
    new Reflector({
      ...base,
      namespace,
      resource: resources.imagePolicies,
      project: outside(except, readImagePolicy),
      store: imagePolicies,
    }),
  ]);
  if (only.length > 0) return scoped;
  const resource = resources.namespaces;
  return [new Reflector({ ...base, resource, project: readNamespace, store: namespaces }), ...scoped];
}

/** A projection that keeps nothing of objects in some namespaces. */
function outside<T>(
  namespaces: readonly string[],
  project: (object: JsonObject) => T | undefined,
): (object: JsonObject) => T | undefined {
  if (namespaces.length === 0) return project;
  return (object) =>
    namespaces.includes(textAt(object, 'metadata', 'namespace') ?? '') ? undefined : project(object);
}
