import type { ImagePolicy, ImagePolicyStatus, LabelSelector } from '../model/image-policy.ts';
import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../model/json.ts';
import { timedConditionsOf } from './conditions.ts';

/** Fields of `spec` that say what a policy speaks of; all others are settings. */
const scopeFields: readonly string[] = ['priority', 'selector', 'kinds', 'images', 'containers'];

/**
 * Reduces an ImagePolicy to what is kept of it; undefined where it has no name. Settings are kept as the annotations of
 * the same meaning would hold them, also unknown ones and such of a wrong type: who reads them says what is wrong.
 */
export function readImagePolicy(object: JsonObject): ImagePolicy | undefined {
  const name = textAt(object, 'metadata', 'name');
  if (name === undefined) return undefined;
  return {
    namespace: textAt(object, 'metadata', 'namespace') ?? 'default',
    name,
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    generation: numberAt(object, 'metadata', 'generation') ?? 0,
    priority: numberAt(object, 'spec', 'priority') ?? 0,
    selector: selectorOf(at(object, 'spec', 'selector')),
    kinds: textsAt(object, 'kinds'),
    images: textsAt(object, 'images'),
    containers: textsAt(object, 'containers'),
    settings: settingsOf(at(object, 'spec')),
    status: statusOf(object),
    conditions: timedConditionsOf(object),
  };
}

function selectorOf(selector: unknown): LabelSelector {
  return {
    matchLabels: textMapAt(selector, 'matchLabels'),
    matchExpressions: listAt(selector, 'matchExpressions').map((expression) => ({
      key: textAt(expression, 'key') ?? '',
      operator: textAt(expression, 'operator') ?? '',
      values: listAt(expression, 'values').map(String),
    })),
  };
}

function textsAt(object: JsonObject, field: string): readonly string[] {
  return listAt(object, 'spec', field).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

function settingsOf(spec: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(spec)) return {};
  const settings = Object.entries(spec).filter(([field]) => !scopeFields.includes(field));
  return Object.fromEntries(
    settings.map(([field, value]) => [annotationKey(field), annotationText(field, value)]),
  );
}

/** `allowTags` is `allow-tags` as an annotation. */
function annotationKey(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Lists are written line by line, except platforms, which are joined by commas. */
function annotationText(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return value.join(field === 'platforms' ? ',' : '\n');
  }
  return JSON.stringify(value);
}

function statusOf(object: JsonObject): ImagePolicyStatus | undefined {
  const observedGeneration = numberAt(object, 'status', 'observedGeneration');
  if (observedGeneration === undefined) return undefined;
  const count = (field: string) => numberAt(object, 'status', field) ?? 0;
  return {
    observedGeneration,
    workloads: count('workloads'),
    containers: count('containers'),
    upToDate: count('upToDate'),
    held: count('held'),
    failing: count('failing'),
  };
}
