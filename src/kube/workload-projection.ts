import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../model/json.ts';
import type {
  Container,
  Owner,
  Replacement,
  Workload,
  WorkloadKind,
  WorkloadStatus,
} from '../model/workload.ts';
import { imageManagers } from './field-owners.ts';
import { pullPolicyOf } from './pull-policy.ts';
import { selectorQuery } from './selector.ts';

/** What a kind's row has found in its own places. */
export interface WorkloadParts {
  readonly kind: WorkloadKind;
  readonly template: unknown;
  readonly selector: unknown;
  /** Whether a changed template waits for somebody before it rolls out; undefined where the field is absent. */
  readonly paused: boolean | undefined;
  /** `rolling` where left out. */
  readonly replacement?: Replacement;
  /** 0 where left out. */
  readonly partition?: number;
  /** How many pods are wanted; what `spec.replicas` says where left out. */
  readonly replicas?: number;
  readonly status: WorkloadStatus;
}

/** A copy of the whole manifest that kubectl leaves behind: often larger than all that we keep. */
const manifestCopy = 'kubectl.kubernetes.io/last-applied-configuration';

/** Characters that a value may have which others wrote. No mark by which a tool is recognised is nearly as long. */
const foreignValueLimit = 1_024;
const ownPrefixes = ['plimsoll.dev/', 'keel.sh/'];

/** A DNS label (RFC 1123), as the API server demands of a container's name wherever it knows the field. */
const containerName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reduces an object to the workload that decisions, writes and rollouts need; managedFields, environment and volumes
 * are dropped. Undefined where there is no name or no pod template. What the API server would have defaulted is defaulted here,
 * so that a manifest from a file reads the same.
 */
export function projectWorkload(object: JsonObject, parts: WorkloadParts): Workload | undefined {
  const name = textAt(object, 'metadata', 'name');
  const { kind, template, selector, paused, status, replacement = 'rolling', partition = 0 } = parts;
  if (name === undefined || !isJsonObject(template)) return undefined;
  const templateAnnotations = at(template, 'metadata', 'annotations');
  const serviceAccount = textAt(template, 'spec', 'serviceAccountName');
  return {
    ref: { kind, namespace: textAt(object, 'metadata', 'namespace') ?? 'default', name },
    uid: textAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    generation: numberAt(object, 'metadata', 'generation') ?? 0,
    deleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    createdAt: textAt(object, 'metadata', 'creationTimestamp'),
    annotations: annotationsOf(object),
    hasAnnotations: isJsonObject(at(object, 'metadata', 'annotations')),
    labels: textMapAt(object, 'metadata', 'labels'),
    owner: ownerOf(object),
    imageManagers: imageManagers(object),
    containers: containersOf(template),
    pullSecrets: namesIn(listAt(template, 'spec', 'imagePullSecrets')),
    serviceAccount: serviceAccount === undefined || serviceAccount === '' ? 'default' : serviceAccount,
    podSelector: selectorQuery(selector),
    paused,
    replicas: parts.replicas ?? numberAt(object, 'spec', 'replicas') ?? 1,
    replacement,
    partition,
    minReadySeconds: numberAt(object, 'spec', 'minReadySeconds') ?? 0,
    progressDeadlineSeconds: numberAt(object, 'spec', 'progressDeadlineSeconds'),
    restartedAt: textAt(templateAnnotations, 'kubectl.kubernetes.io/restartedAt'),
    templateHasAnnotations: isJsonObject(templateAnnotations),
    status,
  };
}

function ownerOf(object: JsonObject): Owner | undefined {
  const owner = listAt(object, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true);
  if (owner === undefined) return undefined;
  return {
    apiVersion: textAt(owner, 'apiVersion') ?? '',
    kind: textAt(owner, 'kind') ?? '',
    name: textAt(owner, 'name') ?? '',
  };
}

function annotationsOf(object: JsonObject): Readonly<Record<string, string>> {
  const kept = Object.entries(textMapAt(object, 'metadata', 'annotations')).filter(([key, value]) => {
    const own = ownPrefixes.some((prefix) => key.startsWith(prefix));
    return own || (key !== manifestCopy && value.length <= foreignValueLimit);
  });
  return Object.fromEntries(kept);
}

/**
 * Init containers come first, as the kubelet starts them. What no pod could be made from, and only a custom resource can hold, is
 * left out: a container with an impossible name, or the second of a name.
 */
function containersOf(template: JsonObject): readonly Container[] {
  const init = listAt(template, 'spec', 'initContainers').map((entry, index) =>
    containerOf(entry, index, textAt(entry, 'restartPolicy') === 'Always' ? 'sidecar' : 'init'),
  );
  const main = listAt(template, 'spec', 'containers').map((entry, index) =>
    containerOf(entry, index, 'main'),
  );
  const named = [...init, ...main].filter((container) => container !== undefined);
  return named.filter(({ name }, index) => named.findIndex((other) => other.name === name) === index);
}

function containerOf(entry: unknown, index: number, role: Container['role']): Container | undefined {
  const name = textAt(entry, 'name');
  if (name === undefined || !containerName.test(name)) return undefined;
  const image = textAt(entry, 'image') ?? '';
  return { name, image, role, index, pullPolicy: pullPolicyOf(textAt(entry, 'imagePullPolicy'), image) };
}

function namesIn(entries: readonly unknown[]): readonly string[] {
  return entries.map((entry) => textAt(entry, 'name')).filter((name) => name !== undefined);
}
