import { at, isJsonObject, type JsonObject, numberAt, textMapAt } from '../../model/json.ts';
import { controllerReference, nameOf, namespaceOf } from './ownership.ts';
import { templateOf } from './replica-set.ts';
import { canonicalJson, templateHash } from './template-hash.ts';

/** The label by which a StatefulSet and a DaemonSet tell pods of one template from others. */
export const revisionLabel = 'controller-revision-hash';

/** A ControllerRevision of the present template of a StatefulSet or DaemonSet. */
export function newRevision(owner: JsonObject, kind: string, revision: number): JsonObject {
  const template = templateOf(owner);
  const hash = templateHash(template);
  return {
    metadata: {
      name: `${nameOf(owner)}-${hash}`,
      namespace: namespaceOf(owner),
      labels: { ...textMapAt(template, 'metadata', 'labels'), [revisionLabel]: hash },
      ownerReferences: [controllerReference('apps/v1', kind, owner)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  };
}

/** The pod template that a ControllerRevision keeps. */
export function templateIn(revision: JsonObject): JsonObject {
  const template = at(revision, 'data', 'spec', 'template');
  if (!isJsonObject(template)) return {};
  const { $patch: _patch, ...kept } = template;
  return kept;
}

/** The number of a ControllerRevision: the greatest is the present one. */
export function numberOf(revision: JsonObject): number {
  return numberAt(revision, 'revision') ?? 0;
}

/** The hash of a ControllerRevision, as the pods of a DaemonSet carry it. */
export function hashOf(revision: JsonObject): string {
  return textMapAt(revision, 'metadata', 'labels')[revisionLabel] ?? '';
}

/** Whether a ControllerRevision keeps the present template of its owner. */
export function keepsTemplate(revision: JsonObject, owner: JsonObject): boolean {
  return canonicalJson(templateIn(revision)) === canonicalJson(templateOf(owner));
}

/** The revision that a pod says it is of. */
export function revisionOfPod(pod: JsonObject): string {
  return textMapAt(pod, 'metadata', 'labels')[revisionLabel] ?? '';
}
