import { isJsonObject, type JsonObject, numberAt, textAt, textMapAt } from '../../model/json.ts';
import { controllerReference, nameOf, namespaceOf } from './ownership.ts';
import { canonicalJson, hashLabel, templateHash, withoutHash } from './template-hash.ts';

/** The number of a revision, on Deployments and ReplicaSets. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maximumAnnotation = 'deployment.kubernetes.io/max-replicas';

/** The revisions that a ReplicaSet had before it came back: `1,3`. */
const historyAnnotation = 'deployment.kubernetes.io/revision-history';

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  historyAnnotation,
  revisionAnnotation,
  desiredAnnotation,
  maximumAnnotation,
]);

/** The pod template of a workload. */
export function templateOf(workload: JsonObject): JsonObject {
  const spec = workload['spec'];
  const template = isJsonObject(spec) ? spec['template'] : undefined;
  return isJsonObject(template) ? template : {};
}

/** Whether a ReplicaSet stands for the present template of its Deployment. */
export function hasTemplate(replicaSet: JsonObject, deployment: JsonObject): boolean {
  return (
    canonicalJson(withoutHash(templateOf(replicaSet))) === canonicalJson(withoutHash(templateOf(deployment)))
  );
}

/** How many pods a workload is asked to have. */
export function desiredReplicas(workload: JsonObject): number {
  return numberAt(workload, 'spec', 'replicas') ?? 1;
}

/** A count of a workload's status; 0 where it says nothing. */
export function statusCount(workload: JsonObject, field: string): number {
  return numberAt(workload, 'status', field) ?? 0;
}

/** The revision of a ReplicaSet; 0 where it has none. */
export function revisionOf(object: JsonObject): number {
  return Number(textMapAt(object, 'metadata', 'annotations')[revisionAnnotation] ?? 0);
}

/** The annotations that a ReplicaSet has by its Deployment: change cause and the like, and its revision. */
export function replicaSetAnnotations(
  deployment: JsonObject,
  revision: number,
  surge: number,
): Readonly<Record<string, string>> {
  const taken = Object.entries(textMapAt(deployment, 'metadata', 'annotations')).filter(
    ([key]) => !ownAnnotations.has(key),
  );
  return {
    ...Object.fromEntries(taken),
    [revisionAnnotation]: String(revision),
    ...sizeAnnotations(deployment, surge),
  };
}

/** The annotations by which a ReplicaSet remembers the size of its Deployment when it was last scaled. */
export function sizeAnnotations(deployment: JsonObject, surge: number): Readonly<Record<string, string>> {
  const desired = desiredReplicas(deployment);
  return { [desiredAnnotation]: String(desired), [maximumAnnotation]: String(desired + surge) };
}

/** What is added when a ReplicaSet comes back under a new revision: the ones that it had. */
export function revisionHistory(replicaSet: JsonObject, revision: number): Readonly<Record<string, string>> {
  const before = revisionOf(replicaSet);
  if (before === 0 || before === revision) return {};
  const known = textMapAt(replicaSet, 'metadata', 'annotations')[historyAnnotation];
  return { [historyAnnotation]: known === undefined ? String(before) : `${known},${before}` };
}

/** The ReplicaSet to create for the present template of a Deployment. */
export function newReplicaSet(
  deployment: JsonObject,
  annotations: Readonly<Record<string, string>>,
  replicas: number,
): JsonObject {
  const minReadySeconds = numberAt(deployment, 'spec', 'minReadySeconds') ?? 0;
  const template = withoutHash(templateOf(deployment));
  const hash = templateHash(template);
  const labels = { ...textMapAt(template, 'metadata', 'labels'), [hashLabel]: hash };
  const matchLabels = { ...textMapAt(deployment, 'spec', 'selector', 'matchLabels'), [hashLabel]: hash };
  const selector = isJsonObject(deployment['spec']) ? deployment['spec']['selector'] : undefined;
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {};
  return {
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations,
      ownerReferences: [controllerReference('apps/v1', 'Deployment', deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === 0 ? {} : { minReadySeconds }),
      selector: { ...(isJsonObject(selector) ? selector : {}), matchLabels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

/** Sorts ReplicaSets by age, oldest first. */
export function byAge(one: JsonObject, other: JsonObject): number {
  const [mine, theirs] = [one, other].map((object) => textAt(object, 'metadata', 'creationTimestamp') ?? '');
  return (mine ?? '').localeCompare(theirs ?? '') || revisionOf(one) - revisionOf(other);
}
