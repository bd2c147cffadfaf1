import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { callEtcd } from '../support/etcd.ts';
import { fleetResources } from './fleet.ts';
import type { Written } from './stage.ts';

/**
 * Tells every version of the fleet's workloads from etcd itself, until the signal aborts: whatever becomes of the API server,
 * nothing is missed. Its objects must be stored as JSON.
 */
export async function followEtcd(
  url: string,
  tell: (written: Written) => void,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(fleetResources.map(({ plural }) => follow(url, plural, { tell, signal })));
}

/** Follows one kind from the beginning of time, so that what is there already is told as well. */
async function follow(
  url: string,
  plural: string,
  { tell, signal }: { readonly tell: (written: Written) => void; readonly signal: AbortSignal },
): Promise<void> {
  const prefix = `/registry/${plural}/`;
  // A range ends before the first key that is none of it: the one with `0` where these have `/`.
  const range = { key: encode(prefix), range_end: encode(`/registry/${plural}0`) };
  const body = { create_request: { ...range, start_revision: 1, prev_kv: true } };
  const answer = await callEtcd(url, { path: 'watch', body }, signal);
  if (!answer.body) throw new Error(`etcd tells nothing of ${plural}`);
  for await (const line of createInterface({ input: Readable.fromWeb(answer.body) })) {
    const told: unknown = JSON.parse(line);
    for (const event of listAt(told, 'result', 'events')) {
      const deleted = textAt(event, 'type') === 'DELETE';
      const object = decode(textAt(event, deleted ? 'prev_kv' : 'kv', 'value'));
      if (object) tell({ object, deleted });
    }
  }
  if (!signal.aborted) throw new Error(`the watch of ${plural} ended`);
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(value: string | undefined): JsonObject | undefined {
  if (value === undefined) return undefined;
  const object: unknown = JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
  return isJsonObject(object) ? object : undefined;
}
