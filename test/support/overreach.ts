import { kinds } from '../../src/kube/kinds.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Workload, WorkloadKind } from '../../src/model/workload.ts';
import type { Write } from '../../src/rollout/update-patch.ts';

/** The `User-Agent` of a controller that was taken over. What it tries stands in the audit log beside what others do. */
export const takenOver = 'taken-over';

/** Where all of this is. */
export const namespace = 'guarded';

const digest = `sha256:${'a'.repeat(64)}`;
const web = 'registry.example:5000/team/web';

/** An attempt that the admission policy must refuse, and what it says then. */
export interface Forbidden {
  readonly what: string;
  readonly operations: readonly JsonObject[];
  readonly told: RegExp;
}

/**
 * What a controller that was taken over might try.
 * @param template JSON pointer of the pod template
 */
export function forbidden(template: string): readonly Forbidden[] {
  const container = `${template}/spec/containers/0`;
  const nothingElse = /may change nothing of a workload but images/;
  const nothingOfContainer = /may change nothing of a container but its image/;
  const noAnnotation = /may write no annotations but/;
  const sameContainers = /may neither add nor remove nor move a container/;
  const sameRepository = /not its repository/;
  const row = (what: string, told: RegExp, ...operations: readonly JsonObject[]): Forbidden => ({
    what,
    operations,
    told,
  });
  const add = (path: string, value: unknown): JsonObject => ({ op: 'add', path, value });
  const remove = (path: string): JsonObject => ({ op: 'remove', path });
  const image = (value: string): JsonObject => ({ op: 'replace', path: `${container}/image`, value });
  const policy = '/metadata/annotations/plimsoll.dev~1policy';
  return [
    row('a command', nothingOfContainer, add(`${container}/command`, ['/bin/sh'])),
    row('an argument', nothingOfContainer, add(`${container}/args`, ['-c', 'id'])),
    row('a variable', nothingOfContainer, add(`${container}/env/-`, { name: 'LD_PRELOAD', value: '/x.so' })),
    row('the loss of a variable', nothingOfContainer, remove(`${container}/env`)),
    row('a security context', nothingOfContainer, add(`${container}/securityContext`, { privileged: true })),
    row('a pull policy', nothingOfContainer, add(`${container}/imagePullPolicy`, 'Never')),
    row(
      'a command of an init container',
      nothingOfContainer,
      add(`${template}/spec/initContainers/0/command`, ['x']),
    ),
    row('the loss of a limit', nothingOfContainer, remove(`${container}/resources`)),
    row(
      'a new container',
      sameContainers,
      add(`${template}/spec/containers/-`, { name: 'new', image: 'x:1' }),
    ),
    row(
      'a new init container',
      sameContainers,
      add(`${template}/spec/initContainers/-`, { name: 'new', image: 'x:1' }),
    ),
    row('the loss of a container', sameContainers, remove(`${template}/spec/containers/1`)),
    row('another order of containers', sameContainers, {
      op: 'move',
      from: `${template}/spec/containers/1`,
      path: `${template}/spec/containers/0`,
    }),
    row('another name of a container', sameContainers, add(`${container}/name`, 'other')),
    row('an image of another repository', sameRepository, image('registry.example:5000/team/evil:1.0.0')),
    row('an image of another registry', sameRepository, image('evil.example:5000/team/web:1.0.0')),
    row('an image of a longer name', sameRepository, image('registry.example:5000/team/web-evil:1.0.0')),
    row('an image below the repository', sameRepository, image('registry.example:5000/team/web/evil:1.0.0')),
    row('an image of a shorter name', sameRepository, image('registry.example:5000/team:1.0.0')),
    row(
      'an image with something behind the tag',
      sameRepository,
      image('registry.example:5000/team/web:1.0.0 x'),
    ),
    row('a volume', nothingElse, add(`${template}/spec/volumes`, [{ name: 'x', hostPath: { path: '/' } }])),
    row('a service account', nothingElse, add(`${template}/spec/serviceAccountName`, 'admin')),
    row('the network of the host', nothingElse, add(`${template}/spec/hostNetwork`, true)),
    row('a security context of pods', nothingElse, add(`${template}/spec/securityContext`, { runAsUser: 0 })),
    row('a label of pods', nothingElse, add(`${template}/metadata/labels/other`, 'x')),
    row('another label', nothingElse, add('/metadata/labels', { other: 'x' })),
    row('a finalizer', nothingElse, add('/metadata/finalizers', ['example.com/stays'])),
    row('a field of the spec', nothingElse, fieldOfSpec(template)),
    row('another annotation', noAnnotation, add('/metadata/annotations/example.com~1other', 'x')),
    row('a policy', noAnnotation, add(policy, 'major')),
    row('the loss of a policy', noAnnotation, remove(policy)),
    row('another annotation of pods', noAnnotation, add(`${template}/metadata/annotations/other`, 'x')),
    row('the loss of an annotation of pods', noAnnotation, remove(`${template}/metadata/annotations`)),
  ];
}

function fieldOfSpec(template: string): JsonObject {
  return template.includes('jobTemplate')
    ? { op: 'replace', path: '/spec/schedule', value: '* * * * *' }
    : { op: 'add', path: '/spec/minReadySeconds', value: 7 };
}

/** What the controller does write. */
export const written: readonly {
  readonly what: string;
  readonly changes: (of: Workload) => readonly Write[];
}[] = [
  { what: 'another tag', changes: ({ containers }) => of(containers, 'web', `${web}:1.1.0`, 'image') },
  { what: 'a digest', changes: ({ containers }) => of(containers, 'web', `${web}:1.0.0@${digest}`, 'image') },
  { what: 'an undo', changes: ({ containers }) => of(containers, 'web', `${web}:0.9.0@${digest}`, 'undo') },
  { what: 'a restart', changes: ({ containers }) => of(containers, 'web', `${web}:1.0.0`, 'restart') },
  {
    what: 'a tag of an init container',
    changes: ({ containers }) => of(containers, 'init', 'setup:2', 'image'),
  },
  {
    what: 'all its images at once',
    changes: ({ containers }) => [
      ...of(containers, 'web', `${web}:1.1.0`, 'image'),
      ...of(containers, 'side', 'side:2', 'image'),
    ],
  },
];

function of(
  containers: Workload['containers'],
  name: string,
  to: string,
  how: Write['how'],
): readonly Write[] {
  return containers.filter((container) => container.name === name).map((each) => write(each, to, how));
}

/** A change of a container, as the controller decides on one. */
export function write(container: Write['container'], to: string, how: Write['how']): Write {
  return { container, to, how, digest, policy: 'minor' };
}

/** The name of {@link workload}. */
export function nameOf(kind: WorkloadKind): string {
  return kind.toLowerCase();
}

/** A workload with an init container and two others. Without replicas, on no node, at no time: nothing of it is to run. */
export function workload(kind: WorkloadKind): JsonObject {
  return inKind(kind, nameOf(kind), {
    initContainers: [{ name: 'init', image: 'setup' }],
    containers: [
      {
        name: 'web',
        image: `${web}:1.0.0`,
        env: [{ name: 'A', value: 'b' }],
        resources: { limits: { memory: '16Mi' } },
      },
      { name: 'side', image: 'side:1' },
    ],
    nodeSelector: { nowhere: 'true' },
  });
}

/** A workload of some kind around a pod. */
export function inKind(kind: WorkloadKind, name: string, pod: JsonObject): JsonObject {
  const { resource } = kinds[kind];
  const labels = { app: name };
  const template = { metadata: { labels, annotations: { theirs: 'kept' } }, spec: pod };
  const selecting = { selector: { matchLabels: labels }, template };
  const specs: Readonly<Record<WorkloadKind, JsonObject>> = {
    Deployment: { replicas: 0, ...selecting },
    StatefulSet: { replicas: 0, serviceName: name, ...selecting },
    DaemonSet: selecting,
    Rollout: { replicas: 0, ...selecting },
    CronJob: {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: { ...template, spec: { ...pod, restartPolicy: 'Never' } } } },
    },
  };
  const apiVersion = [resource.group, resource.version].filter(Boolean).join('/');
  const annotations = { 'plimsoll.dev/policy': 'minor' };
  return { apiVersion, kind, metadata: { name, namespace, annotations }, spec: specs[kind] };
}

/** A TrackedImage that belongs to no workload. */
export const trackedImage = {
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'TrackedImage',
  metadata: { name: 'guarded', namespace },
  spec: {},
};
/** An ImagePolicy for everything. */
export const imagePolicy = {
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'ImagePolicy',
  metadata: { name: 'guarded', namespace },
  spec: { policy: 'minor' },
};
