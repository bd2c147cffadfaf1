import { kinds } from '../../src/kube/kinds.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Container, Workload } from '../../src/model/workload.ts';

/** What a test says of a Deployment; the rest is ordinary. */
export interface DeploymentParts {
  readonly namespace?: string;
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Image by container name; `[image, pullPolicy]` where the pull policy matters. */
  readonly containers?: Readonly<Record<string, string | readonly [string, string]>>;
  readonly initContainers?: Readonly<Record<string, string>>;
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  readonly paused?: boolean;
  readonly replicas?: number;
  readonly pullSecrets?: readonly string[];
  readonly uid?: string;
  /** RFC 3339; not told where left out. */
  readonly createdAt?: string;
}

/** A Deployment as the API server would return it, rolled out completely. */
export function deployment(parts: DeploymentParts = {}): JsonObject {
  const { namespace = 'shop', name = 'web', replicas = 2, annotations, labels } = parts;
  const { containers = { app: 'app:1.2.3' }, initContainers, templateAnnotations } = parts;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace,
      name,
      ...(parts.uid === undefined ? {} : { uid: parts.uid }),
      ...(parts.createdAt === undefined ? {} : { creationTimestamp: parts.createdAt }),
      generation: 1,
      resourceVersion: '1',
      annotations: { 'deployment.kubernetes.io/revision': '1', ...annotations },
      ...(labels ? { labels } : {}),
    },
    spec: {
      replicas,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: name } },
      ...(parts.paused === undefined ? {} : { paused: parts.paused }),
      template: {
        metadata: {
          labels: { app: name },
          ...(templateAnnotations ? { annotations: templateAnnotations } : {}),
        },
        spec: {
          ...(initContainers ? { initContainers: containerList(initContainers) } : {}),
          containers: containerList(containers),
          ...(parts.pullSecrets
            ? { imagePullSecrets: parts.pullSecrets.map((each) => ({ name: each })) }
            : {}),
        },
      },
    },
    status: completeStatus(1, replicas),
  };
}

/** The status of a Deployment whose rollout of a generation is complete. */
export function completeStatus(generation: number, replicas: number): JsonObject {
  return {
    observedGeneration: generation,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
    conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: 'done' }],
  };
}

/** The workload that is kept of a Deployment. */
export function workloadOf(object: JsonObject): Workload {
  const workload = kinds.Deployment.project(object);
  if (!workload) throw new TypeError('the test object is no Deployment');
  return { ...workload, uid: workload.uid === '' ? 'uid-web' : workload.uid };
}

/** A workload with the given parts. */
export function aWorkload(parts: DeploymentParts = {}): Workload {
  return workloadOf(deployment(parts));
}

/** A container of a workload by name. */
export function containerOf(workload: Workload, name = 'app'): Container {
  const container = workload.containers.find((each) => each.name === name);
  if (!container) throw new TypeError(`there is no container ${name}`);
  return container;
}

function containerList(images: Readonly<Record<string, string | readonly [string, string]>>): JsonObject[] {
  return Object.entries(images).map(([name, image]) => {
    if (typeof image === 'string') return { name, image, imagePullPolicy: 'IfNotPresent' };
    return { name, image: image[0], imagePullPolicy: image[1] };
  });
}
