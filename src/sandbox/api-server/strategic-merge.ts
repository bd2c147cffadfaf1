import { isJsonObject, type JsonObject, listAt } from '../../model/json.ts';
import { isList, sameJson } from './json-edit.ts';

/**
 * The lists that merge by a key, by field name (`patchMergeKey` of the built-in types). `ports` has
 * one key in containers and another in services; the first that a patch's item carries is taken.
 */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  conditions: ['type'],
  addresses: ['type'],
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  ownerReferences: ['uid'],
};

/** Lists of plain values that merge as sets. */
const mergedSets: ReadonlySet<string> = new Set(['finalizers']);

/**
 * Applies a strategic merge patch as built-in types take it: lists of the table above merge by key, other lists
 * are replaced; `$patch: replace|delete|merge`, `$retainKeys` and `$deleteFromPrimitiveList/…` are obeyed,
 * `$setElementOrder/…` puts a merged list in order. Without it new items come first, as from a real server.
 */
export function applyStrategicMerge(target: unknown, patch: JsonObject): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  const result: Record<string, unknown> = retained(isJsonObject(target) ? target : {}, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) applyListDirective(result, key, value);
    else if (value === null) delete result[key];
    else result[key] = ordered(mergeField(key, result[key], value), patch[`$setElementOrder/${key}`], key);
  }
  return result;
}

function mergeField(key: string, current: unknown, value: unknown): unknown {
  if (isJsonObject(value)) return applyStrategicMerge(current, value);
  if (!isList(value)) return value;
  const list = isList(current) ? current : [];
  if (mergedSets.has(key)) return [...new Set([...list, ...value])];
  const mergeKey = mergeKeys[key]?.find((name) => value.some((item) => isJsonObject(item) && name in item));
  if (mergeKey !== undefined) return mergeList(list, value, mergeKey);
  return value.map((item) => (isJsonObject(item) ? withoutDirectives(item) : item));
}

function mergeList(
  current: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): readonly unknown[] {
  const items = patch.filter(isJsonObject);
  const replaced = items.some((item) => item['$patch'] === 'replace' && !(mergeKey in item));
  let result: readonly unknown[] = replaced ? [] : current;
  const added: unknown[] = [];
  for (const item of items) {
    const id = item[mergeKey];
    if (id === undefined) continue;
    const index = result.findIndex((other) => isJsonObject(other) && sameJson(other[mergeKey], id));
    if (item['$patch'] === 'delete') result = result.filter((_, position) => position !== index);
    else if (index < 0) added.push(applyStrategicMerge({}, item));
    else result = result.with(index, applyStrategicMerge(result[index], item));
  }
  return [...added, ...result];
}

/** A merged list in the order that a patch asks for; what it does not name keeps its place at the end. */
function ordered(list: unknown, order: unknown, key: string): unknown {
  if (!isList(list) || !isList(order)) return list;
  const mergeKey = mergeKeys[key]?.find((name) => order.some((item) => isJsonObject(item) && name in item));
  const idOf = (item: unknown) => (mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item);
  const places = new Map(order.map((item, place) => [idOf(item), place]));
  const placeOf = (item: unknown) => places.get(idOf(item)) ?? places.size;
  return list.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** `$retainKeys` names the keys of a union that may stay; all others go. */
function retained(target: JsonObject, patch: JsonObject): Record<string, unknown> {
  if (patch['$retainKeys'] === undefined) return { ...target };
  const kept = new Set(listAt(patch, '$retainKeys'));
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.has(key)));
}

function applyListDirective(result: Record<string, unknown>, directive: string, value: unknown): void {
  const [, field] = directive.split('$deleteFromPrimitiveList/');
  if (field === undefined || !isList(value)) return;
  result[field] = listAt(result, field).filter((item) => !value.includes(item));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}
