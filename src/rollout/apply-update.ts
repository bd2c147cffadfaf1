import type { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import { writeQuery } from '../kube/field-manager.ts';
import { kinds } from '../kube/kinds.ts';
import { objectPath } from '../kube/resources.ts';
import { templateHash } from '../kube/template-hash.ts';
import type { JsonObject } from '../model/json.ts';
import type { Workload } from '../model/workload.ts';
import { testsHold } from './patch-operation.ts';
import { buildUpdatePatch, type Write } from './update-patch.ts';

/** What became of an update. */
export type ApplyOutcome =
  /** Written; the workload and the hash of its template as the API server answered, which webhooks may have changed. */
  | { readonly kind: 'applied'; readonly workload: Workload; readonly templateHash: string }
  /** Something that the decision rested on has changed: decide again on the workload as it is now, if it still is. */
  | { readonly kind: 'lost'; readonly workload: Workload | undefined }
  /** The API server refuses the update itself; trying again at once would not help. */
  | { readonly kind: 'denied'; readonly message: string };

/** An update that passed every gate, or its undo. */
export interface Update {
  readonly workload: Workload;
  readonly changes: readonly Write[];
  /** RFC 3339, UTC. */
  readonly now: string;
}

/**
 * Writes an update with one JSON Patch: the only place that changes a workload.
 * Faults of the connection are thrown as `KubeError`; whether the patch arrived is then unknown, and its tests make
 * trying again harmless.
 */
export async function applyUpdate(
  client: Pick<KubeClient, 'get' | 'patch'>,
  update: Update,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const { workload, changes, now } = update;
  const kind = kinds[workload.ref.kind];
  const path = objectPath(kind.resource, workload.ref.namespace, workload.ref.name);
  const operations = buildUpdatePatch(workload, changes, kind.template, now);
  try {
    const answer = await client.patch(path, operations, { type: 'json', query: writeQuery, signal });
    const written = kind.project(answer);
    if (!written) return { kind: 'lost', workload: undefined };
    return { kind: 'applied', workload: written, templateHash: templateHash(workload.ref.kind, answer) };
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return { kind: 'lost', workload: undefined };
    if (isKubeError(error, 'Forbidden', 'BadRequest')) return { kind: 'denied', message: error.detail };
    if (!isKubeError(error, 'Invalid', 'Conflict')) throw error;
    const present = await getOrNothing(client, path, signal);
    if (!present) return { kind: 'lost', workload: undefined };
    // The answer does not say whether a test failed or the object is refused, so the tests are asked again here.
    const refused = error.code === 'Invalid' && testsHold(operations, present);
    return refused
      ? { kind: 'denied', message: error.detail }
      : { kind: 'lost', workload: kind.project(present) };
  }
}

async function getOrNothing(
  client: Pick<KubeClient, 'get'>,
  path: string,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  try {
    return await client.get(path, { signal });
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined;
    throw error;
  }
}
