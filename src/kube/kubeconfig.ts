import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parse } from 'yaml';
import { isJsonObject, listAt, textAt } from '../model/json.ts';

/** A value, or one line that says what is wrong with a kubeconfig and where. */
export type Loaded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** Where `users[].user.tokenFile` points to, by user; client-node does not read that field. */
type TokenFiles = ReadonlyMap<string, string>;

/**
 * Reads kubeconfig files and merges them as kubectl does: of two entries with one name the first counts, and the
 * first `current-context`. With `skipMissing` files that do not exist are passed over, as kubectl does for `KUBECONFIG`.
 */
export function readKubeconfig(files: readonly string[], skipMissing: boolean): Loaded<KubeConfig> {
  const parts: KubeConfig[] = [];
  for (const file of files) {
    const part = readFile(file);
    if (part.ok) parts.push(part.value);
    else if (!(skipMissing && part.missing)) return { ok: false, message: part.message };
  }
  if (parts.length === 0) {
    return {
      ok: false,
      message: `kubeconfig ${files.join(', ')} does not exist; name one with --kubeconfig`,
    };
  }
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstByName(parts.flatMap((part) => part.clusters)),
    users: firstByName(parts.flatMap((part) => part.users)),
    contexts: firstByName(parts.flatMap((part) => part.contexts)),
    currentContext: parts.find((part) => part.currentContext)?.currentContext,
  });
  return { ok: true, value: merged };
}

type FileResult =
  | { readonly ok: true; readonly value: KubeConfig }
  | { readonly ok: false; readonly missing: boolean; readonly message: string };

function readFile(file: string): FileResult {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (fault) {
    const missing = textAt(fault, 'code') === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read (${textAt(fault, 'code') ?? 'unknown error'})`;
    return { ok: false, missing, message: `kubeconfig ${file} ${why}` };
  }
  try {
    const content: unknown = parse(text);
    if (!isJsonObject(content)) throw new Error('it holds no map');
    const config = new KubeConfig();
    config.loadFromString(text, { onInvalidEntry: 'filter' });
    config.makePathsAbsolute(dirname(file));
    addTokenFiles(config, tokenFilesOf(content, dirname(file)));
    return { ok: true, value: config };
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.split('\n', 1)[0] : 'it cannot be understood';
    return { ok: false, missing: false, message: `kubeconfig ${file} is not a valid kubeconfig: ${why}` };
  }
}

function tokenFilesOf(content: unknown, folder: string): TokenFiles {
  const found = new Map<string, string>();
  for (const entry of listAt(content, 'users')) {
    const name = textAt(entry, 'name');
    const file = textAt(entry, 'user', 'tokenFile');
    if (name === undefined || file === undefined) continue;
    found.set(name, isAbsolute(file) ? file : join(folder, file));
  }
  return found;
}

/** Gives users a token file in the way that client-node itself does in a cluster: read again every minute. */
function addTokenFiles(config: KubeConfig, files: TokenFiles): void {
  if (files.size === 0) return;
  config.users = config.users.map((user) => {
    const tokenFile = files.get(user.name);
    if (tokenFile === undefined) return user;
    const { token: _overruled, ...others } = user;
    return { ...others, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
}

function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  const found = new Map<string, T>();
  for (const entry of entries) if (!found.has(entry.name)) found.set(entry.name, entry);
  return [...found.values()];
}
