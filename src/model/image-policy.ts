import type { Condition } from './workload.ts';

/** A label selector as Kubernetes objects carry it; an operator is kept as it was written. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** The ImagePolicy resource: settings for many workloads of its namespace, and which of them it speaks of. */
export interface ImagePolicy {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** The greatest comes first; of equals the first by name. */
  readonly priority: number;
  /** Of the labels of workloads; an empty one selects all. */
  readonly selector: LabelSelector;
  /** Kinds of workload; none means all. */
  readonly kinds: readonly string[];
  /** Globs on the repository; none means all. */
  readonly images: readonly string[];
  /** Globs on container names; none means all. */
  readonly containers: readonly string[];
  /** Every other field of `spec`, under the key of the annotation that means the same, in the annotation's words. */
  readonly settings: Readonly<Record<string, string>>;
  readonly status: ImagePolicyStatus | undefined;
  readonly conditions: readonly (Condition & { readonly lastTransitionTime: string })[];
}

/** What an ImagePolicy's status counts. */
export interface ImagePolicyStatus {
  readonly observedGeneration: number;
  /** Workloads with a container that it speaks of. */
  readonly workloads: number;
  /** Containers that it speaks of. */
  readonly containers: number;
  readonly upToDate: number;
  readonly held: number;
  readonly failing: number;
}
