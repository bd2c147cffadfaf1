import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import { objectAt, sameJson, withAt } from './json-edit.ts';
import { labelSelectorOf, labelsOf } from './label-selector.ts';
import { immutable, invalidValue } from './metadata-validation.ts';

const containerName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** What is wrong with a Deployment, ReplicaSet, StatefulSet or DaemonSet. */
export function validateWorkload(object: JsonObject, before: JsonObject | undefined): readonly FieldCause[] {
  return [
    ...checkReplicas(object),
    ...checkSelector(object, before),
    ...checkTemplate(objectAt(object, 'spec', 'template'), 'spec.template'),
  ];
}

/** What is wrong with a CronJob. */
export function validateCronJob(object: JsonObject): readonly FieldCause[] {
  const path = ['spec', 'jobTemplate', 'spec', 'template'];
  const schedule = (textAt(object, 'spec', 'schedule') ?? '') === '' ? [required('spec.schedule')] : [];
  return [...schedule, ...checkPodSpec(objectAt(object, ...path, 'spec'), `${path.join('.')}.spec`)];
}

/** What is wrong with a Job; its template never changes. */
export function validateJob(object: JsonObject, before: JsonObject | undefined): readonly FieldCause[] {
  const template = at(object, 'spec', 'template');
  const changed = before !== undefined && !sameJson(template, at(before, 'spec', 'template'));
  if (changed) return [immutable('spec.template', template)];
  return checkPodSpec(objectAt(template, 'spec'), 'spec.template.spec');
}

/** What is wrong with a Pod. Of a pod's specification an update may change only images and what binding sets. */
export function validatePod(object: JsonObject, before: JsonObject | undefined): readonly FieldCause[] {
  const wrong = checkPodSpec(objectAt(object, 'spec'), 'spec');
  if (before === undefined || sameJson(frozenPart(object), frozenPart(before))) return wrong;
  const message =
    'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [...wrong, { reason: 'FieldValueForbidden', message, field: 'spec' }];
}

function frozenPart(pod: JsonObject): JsonObject {
  let spec = objectAt(pod, 'spec');
  for (const list of ['containers', 'initContainers']) {
    const bare = listAt(spec, list).map((container) =>
      isJsonObject(container) ? withAt(container, ['image'], undefined) : container,
    );
    spec = withAt(spec, [list], bare);
  }
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...frozen } = spec;
  return frozen;
}

function checkReplicas(object: JsonObject): readonly FieldCause[] {
  const replicas = numberAt(object, 'spec', 'replicas') ?? 0;
  return replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
}

function checkSelector(object: JsonObject, before: JsonObject | undefined): readonly FieldCause[] {
  const selector = at(object, 'spec', 'selector');
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return [required('spec.selector')];
  const labels = labelsOf(at(object, 'spec', 'template'));
  const matches = labelSelectorOf(selector)(labels);
  const mismatch = matches
    ? []
    : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
  const changed = before !== undefined && !sameJson(selector, at(before, 'spec', 'selector'));
  return changed ? [...mismatch, immutable('spec.selector', selector)] : mismatch;
}

function checkTemplate(template: JsonObject, path: string): readonly FieldCause[] {
  const spec = objectAt(template, 'spec');
  const policy = textAt(spec, 'restartPolicy');
  const wrongPolicy: readonly FieldCause[] =
    policy === undefined || policy === 'Always'
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
            field: `${path}.spec.restartPolicy`,
          },
        ];
  return [...checkPodSpec(spec, `${path}.spec`), ...wrongPolicy];
}

function checkPodSpec(spec: JsonObject, path: string): readonly FieldCause[] {
  const main = listAt(spec, 'containers');
  if (main.length === 0) return [required(`${path}.containers`)];
  return [
    ...checkContainers(main, `${path}.containers`),
    ...checkContainers(listAt(spec, 'initContainers'), `${path}.initContainers`),
  ];
}

function checkContainers(containers: readonly unknown[], path: string): readonly FieldCause[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) => {
    const causes: FieldCause[] = [];
    const name = textAt(container, 'name') ?? '';
    const field = `${path}[${index}]`;
    if (name === '') causes.push(required(`${field}.name`));
    else if (!containerName.test(name)) causes.push(invalidValue(`${field}.name`, name, labelRule));
    else if (seen.has(name)) causes.push(duplicate(`${field}.name`, name));
    seen.add(name);
    // The grammar of an image is deliberately not looked at: the API server does not either.
    if ((textAt(container, 'image') ?? '') === '') causes.push(required(`${field}.image`));
    return causes;
  });
}

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function required(field: string): FieldCause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function duplicate(field: string, value: string): FieldCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(value)}`, field };
}
