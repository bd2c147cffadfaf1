import { isJsonObject } from '../model/json.ts';

/** One operation of a JSON Patch (RFC 6902), as far as we write it. */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

/** A test that a value stands at a JSON pointer; null where nothing must stand there, in a map that does. */
export function test(path: string, value: unknown): PatchOperation {
  return { op: 'test', path, value };
}

/** The JSON pointer of an annotation of an object. */
export function annotation(key: string): string {
  return `/metadata/annotations/${escape(key)}`;
}

/** A key within a JSON pointer (RFC 6901, section 3). */
export function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Whether every `test` of a patch would pass on an object as it was read. */
export function testsHold(operations: readonly PatchOperation[], object: unknown): boolean {
  return operations.every(({ op, path, value }) => {
    if (op !== 'test') return true;
    const found = valueAt(object, path);
    return found !== unreachable && (found ?? null) === value;
  });
}

const unreachable = Symbol('unreachable');

/** The value at a pointer. Only its last key may be missing: the API server fails a test beyond what is not there. */
function valueAt(object: unknown, pointer: string): unknown {
  let current = object;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(current)) current = current[Number(key)];
    else if (isJsonObject(current)) current = Object.hasOwn(current, key) ? current[key] : undefined;
    else return unreachable;
  }
  return current;
}
