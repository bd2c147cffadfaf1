/** The kinds of workload that are followed; `kube/kinds.ts` has one row for each. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Rollout'] as const;

/** One of {@link workloadKinds}. */
export type WorkloadKind = (typeof workloadKinds)[number];

/** Names one workload of the cluster. */
export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

/** The key of a workload in queues and stores: `Deployment/shop/web`. */
export type WorkloadKey = `${WorkloadKind}/${string}/${string}`;

/** Builds the key of a workload. */
export function workloadKey({ kind, namespace, name }: WorkloadRef): WorkloadKey {
  return `${kind}/${namespace}/${name}`;
}

/** The namespace in the key of a workload. */
export function namespaceOf(key: WorkloadKey): string {
  return key.split('/')[1] ?? '';
}

/** When the kubelet asks the registry again for an image that a node already has. */
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** A container of a pod template. */
export interface Container {
  readonly name: string;
  readonly image: string;
  /** `sidecar` is an init container that restarts, which counts as a main one. */
  readonly role: 'main' | 'init' | 'sidecar';
  /** Position within `containers` or `initContainers` of the template. */
  readonly index: number;
  readonly pullPolicy: PullPolicy;
}

/** A condition of `status.conditions`, as every Kubernetes object has them. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What a workload's own controller last said of its rollout; counts are 0 where it said nothing. */
export interface WorkloadStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  readonly conditions: readonly Condition[];
  /** StatefulSet: the revision that pods leave and the one that they go to; equal once a rollout has ended. */
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  /** Argo Rollout: `Healthy`, `Progressing`, `Paused` or `Degraded`, and why. */
  readonly phase?: string;
  readonly message?: string;
  /** Argo Rollout: whether it is at a step that takes as long as it likes, an analysis or an experiment. */
  readonly isAnalysing?: boolean;
}

/**
 * When pods get a changed template: when the workload's controller replaces them (`rolling`), when somebody deletes them
 * (`onDelete`), or when the next ones are made for another reason (`nextRun`).
 */
export type Replacement = 'rolling' | 'onDelete' | 'nextRun';

/** The object that controls another one, as `metadata.ownerReferences` names it. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A workload, reduced to what decisions, writes and rollouts need. */
export interface Workload {
  readonly ref: WorkloadRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  /** RFC 3339, in whole seconds, by the clock of the API server; undefined where a manifest was never applied. */
  readonly createdAt: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether it has an annotations map at all, also one of which nothing is kept (a JSON Patch must know). */
  readonly hasAnnotations: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** What controls it: an object of an operator's, mostly. */
  readonly owner: Owner | undefined;
  /** Field managers that own the image of some container, by name. */
  readonly imageManagers: readonly string[];
  readonly containers: readonly Container[];
  /** Of an Argo Rollout that has no template, and so no containers: the workload whose one it takes, as `Deployment web`. */
  readonly templateOf?: string | undefined;
  /** Names of the template's `imagePullSecrets`, in order. */
  readonly pullSecrets: readonly string[];
  readonly serviceAccount: string;
  /** Label selector of its pods, as a query: `app=web,tier in (a,b)`. */
  readonly podSelector: string;
  /** `spec.paused`; undefined where the field is absent, which a JSON Patch must know. */
  readonly paused: boolean | undefined;
  readonly replicas: number;
  readonly replacement: Replacement;
  /** StatefulSet: pods with a lower number keep the template that they have. 0 elsewhere. */
  readonly partition: number;
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds: number | undefined;
  /** The template's `kubectl.kubernetes.io/restartedAt`, where set. */
  readonly restartedAt: string | undefined;
  /** Whether the template has an annotations map at all (a JSON Patch must know). */
  readonly templateHasAnnotations: boolean;
  readonly status: WorkloadStatus;
}

/** One container of one workload: what a TrackedImage stands for. */
export interface ContainerRef {
  readonly workload: WorkloadRef;
  readonly container: string;
}
