import { isJsonObject } from '../../model/json.ts';
import { isList, sameJson } from './json-edit.ts';

/** What an operation makes of a document, or why the patch does not apply. */
type Outcome =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly why: string };

interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[] | undefined;
  readonly value: unknown;
}

/**
 * Applies a JSON Patch (RFC 6902) as the API server does, which differs from the letter of the RFC:
 * `test` of a missing key of an existing object passes against `null`, `replace` of a missing key adds it,
 * and an array index may be negative to count from the end.
 * `undecodable` where the patch itself is malformed.
 */
export function applyJsonPatch(document: unknown, patch: unknown): Outcome | 'undecodable' {
  if (!isList(patch)) return 'undecodable';
  let current = document;
  for (const item of patch) {
    const operation = decode(item);
    if (operation === undefined) return 'undecodable';
    const outcome = applyOperation(current, operation);
    if (!outcome.ok) return outcome;
    current = outcome.document;
  }
  return { ok: true, document: current };
}

function decode(item: unknown): Operation | undefined {
  if (!isJsonObject(item)) return undefined;
  const { op, path, from, value } = item;
  if (typeof op !== 'string' || typeof path !== 'string') return undefined;
  const source = typeof from === 'string' ? pointer(from) : undefined;
  return { op, path: pointer(path), from: source, value: value ?? null };
}

/** Splits a JSON Pointer (RFC 6901) into its keys. */
function pointer(text: string): readonly string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applyOperation(document: unknown, { op, path, from, value }: Operation): Outcome {
  switch (op) {
    case 'test':
      return test(document, path, value);
    case 'add':
      return edit(document, path, insertInto(value));
    case 'replace':
      return path.length === 0 ? done(value) : edit(document, path, replaceIn(value));
    case 'remove':
      return edit(document, path, removeFrom);
    case 'copy':
    case 'move':
      return transfer(document, op, from, path);
    default:
      return refuse(`unknown operation ${op}`);
  }
}

function test(document: unknown, path: readonly string[], value: unknown): Outcome {
  const found = read(document, path);
  if (found === 'unreachable') return refuse('a step of the path is missing');
  return sameJson(found.value ?? null, value) ? done(document) : refuse('the value is another');
}

function transfer(
  document: unknown,
  op: 'copy' | 'move',
  from: readonly string[] | undefined,
  path: readonly string[],
): Outcome {
  const found = from === undefined ? 'unreachable' : read(document, from);
  if (from === undefined || found === 'unreachable' || found.value === undefined) {
    return refuse('there is nothing at "from"');
  }
  const rest = op === 'move' ? edit(document, from, removeFrom) : done(document);
  return rest.ok ? edit(rest.document, path, insertInto(found.value)) : rest;
}

/** The value at a path; its last key alone may be missing, and then the value is undefined. */
function read(document: unknown, path: readonly string[]): { readonly value: unknown } | 'unreachable' {
  let current = document;
  for (const [depth, key] of path.entries()) {
    if (isList(current)) {
      const index = indexOf(key, current.length);
      if (index === undefined) return 'unreachable';
      current = current[index];
    } else if (isJsonObject(current)) {
      const last = depth === path.length - 1;
      if (!last && !Object.hasOwn(current, key)) return 'unreachable';
      current = Object.hasOwn(current, key) ? current[key] : undefined;
    } else {
      return 'unreachable';
    }
  }
  return { value: current };
}

/** Changes the container that the last key of a path is in. */
type Change = (container: unknown, key: string) => Outcome;

function edit(document: unknown, path: readonly string[], change: Change): Outcome {
  const [key, ...rest] = path;
  if (key === undefined) return refuse('the path is empty');
  if (rest.length === 0) return change(document, key);
  if (isList(document)) {
    const index = indexOf(key, document.length);
    if (index === undefined) return refuse('no such index');
    const inner = edit(document[index], rest, change);
    return inner.ok ? done(document.with(index, inner.document)) : inner;
  }
  if (!isJsonObject(document) || !Object.hasOwn(document, key))
    return refuse('a step of the path is missing');
  const inner = edit(document[key], rest, change);
  return inner.ok ? done({ ...document, [key]: inner.document }) : inner;
}

function insertInto(value: unknown): Change {
  return (container, key) => {
    if (isList(container)) {
      const index = key === '-' ? container.length : indexOf(key, container.length + 1);
      return index === undefined ? refuse('no such index') : done(container.toSpliced(index, 0, value));
    }
    return isJsonObject(container) ? done({ ...container, [key]: value }) : refuse('not a container');
  };
}

function replaceIn(value: unknown): Change {
  return (container, key) => {
    if (isList(container)) {
      const index = indexOf(key, container.length);
      return index === undefined ? refuse('no such index') : done(container.with(index, value));
    }
    return isJsonObject(container) ? done({ ...container, [key]: value }) : refuse('not a container');
  };
}

const removeFrom: Change = (container, key) => {
  if (isList(container)) {
    const index = indexOf(key, container.length);
    return index === undefined ? refuse('no such index') : done(container.toSpliced(index, 1));
  }
  if (!isJsonObject(container) || !Object.hasOwn(container, key)) return refuse('nothing to remove');
  const { [key]: _removed, ...rest } = container;
  return done(rest);
};

function indexOf(key: string, length: number): number | undefined {
  if (!/^-?\d{1,9}$/.test(key)) return undefined;
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  return index >= 0 && index < length ? index : undefined;
}

function done(document: unknown): Outcome {
  return { ok: true, document };
}

function refuse(why: string): Outcome {
  return { ok: false, why };
}
