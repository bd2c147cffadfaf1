import type { NamespaceSettings } from '../../kube/namespace-projection.ts';
import { objectKey, Store } from '../../kube/store.ts';
import type { ImagePolicy } from '../../model/image-policy.ts';
import { type CompiledImagePolicy, compileImagePolicy } from '../../policy/image-policy.ts';
import type { Surroundings } from '../../policy/surroundings.ts';

/** What stands around workloads and may set their policies: their namespaces and the ImagePolicies in them. */
export class PolicySources {
  readonly namespaces = new Store<NamespaceSettings>();
  readonly imagePolicies = new Store<ImagePolicy>();
  /** Told of a namespace in which the policy of any workload may have changed; set by the composition. */
  onChange: (namespace: string) => void = () => undefined;
  /** ImagePolicies by namespace and name, each read once however many workloads it speaks of. */
  readonly #compiled = new Map<string, Map<string, CompiledImagePolicy>>();

  constructor() {
    this.namespaces.onChange((name, now, before) => {
      if (JSON.stringify(now) !== JSON.stringify(before)) this.onChange(name);
    });
    this.imagePolicies.onChange((_key, now, before) => this.#changed(now, before));
  }

  /** What stands around the workloads of a namespace now. */
  around(namespace: string): Surroundings {
    return {
      namespaceAnnotations: this.namespaces.get(namespace)?.annotations ?? {},
      imagePolicies: [...(this.#compiled.get(namespace)?.values() ?? [])],
    };
  }

  /** Whether a namespace is being deleted; never where namespaces are not watched. */
  isTerminating(namespace: string): boolean {
    return this.namespaces.get(namespace)?.terminating ?? false;
  }

  /** An ImagePolicy as it was read, or undefined where it is gone. */
  compiled({ namespace, name }: Pick<ImagePolicy, 'namespace' | 'name'>): CompiledImagePolicy | undefined {
    return this.#compiled.get(namespace)?.get(name);
  }

  /** The keys of the ImagePolicies of a namespace. */
  keysIn(namespace: string): readonly string[] {
    return [...(this.#compiled.get(namespace)?.keys() ?? [])].map((name) => objectKey(namespace, name));
  }

  /** A status changes nothing for workloads; only another generation does. */
  #changed(now: ImagePolicy | undefined, before: ImagePolicy | undefined): void {
    const { namespace, name } = now ?? before ?? {};
    if (namespace === undefined || name === undefined) return;
    if (now && before && now.generation === before.generation && now.generation > 0) return;
    const policies = this.#compiled.get(namespace) ?? new Map<string, CompiledImagePolicy>();
    if (now) policies.set(name, compileImagePolicy(now));
    else policies.delete(name);
    if (policies.size > 0) this.#compiled.set(namespace, policies);
    else this.#compiled.delete(namespace);
    this.onChange(namespace);
  }
}
