import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isJsonObject, type JsonObject, listAt } from '../../src/model/json.ts';

/** What is changed in a kubeconfig. */
export interface KubeconfigChanges {
  /** The namespace of its contexts, in which a controller keeps its lease. */
  readonly namespace: string;
  /** Another address that needs no credentials: a proxy's. */
  readonly server?: string;
  /** Another user, whose token is in this file. */
  readonly tokenFile?: string;
}

/** A changed copy of a kubeconfig file, and how to take it away again. */
export interface KubeconfigFile {
  readonly file: string;
  remove(): void;
}

/** Copies a kubeconfig with changes. */
export function copyKubeconfig(of: string, changes: KubeconfigChanges): KubeconfigFile {
  const { namespace, server, tokenFile } = changes;
  const parsed: unknown = parse(readFileSync(of, 'utf8'));
  const config = isJsonObject(parsed) ? parsed : {};
  const contexts = inner(config, 'contexts', 'context', (context) => ({ ...context, namespace }));
  const clusters = inner(config, 'clusters', 'cluster', (cluster) =>
    server === undefined ? cluster : { server },
  );
  const users = inner(config, 'users', 'user', (user) => {
    if (tokenFile !== undefined) return { tokenFile };
    return server === undefined ? user : {};
  });
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-kubeconfig-'));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, stringify({ ...config, contexts, clusters, users }), { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

function inner(
  config: JsonObject,
  list: string,
  key: string,
  change: (value: JsonObject) => JsonObject,
): readonly JsonObject[] {
  return listAt(config, list)
    .filter(isJsonObject)
    .map((entry) => ({ ...entry, [key]: change(isJsonObject(entry[key]) ? entry[key] : {}) }));
}
