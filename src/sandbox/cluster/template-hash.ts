import { isJsonObject, type JsonObject } from '../../model/json.ts';

/** The label by which pods and ReplicaSets of one template are told from others. */
export const hashLabel = 'pod-template-hash';

/** The letters of generated names: no vowels, nothing that looks like something else. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** A short text that is the same for equal templates and, in all likelihood, for no others (FNV-1a, 32 bit). */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(canonicalJson(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash).replaceAll(/\d/g, (digit) => letters[Number(digit)] ?? digit);
}

/** JSON with the keys of every object in order, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** A template without the label that a ReplicaSet adds to it. */
export function withoutHash(template: JsonObject): JsonObject {
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {};
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
  const { [hashLabel]: _hash, ...others } = labels;
  return { ...template, metadata: { ...metadata, labels: others } };
}
