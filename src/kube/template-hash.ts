import { createHash } from 'node:crypto';
import { at, canonicalJson, type JsonObject } from '../model/json.ts';
import type { WorkloadKind } from '../model/workload.ts';
import { kinds } from './kinds.ts';

/**
 * What a pod template says, in 32 characters: the beginning of the SHA-256 of its JSON, in whatever order its fields stand.
 * Nothing of the template is left out, because people may change all of it. Two templates are compared as the API server
 * returned them, after its defaults and after mutating webhooks.
 */
export function templateHash(kind: WorkloadKind, object: JsonObject): string {
  const template = at(object, ...kinds[kind].template.split('/').slice(1));
  return createHash('sha256')
    .update(canonicalJson(template ?? null))
    .digest('hex')
    .slice(0, 32);
}
