import { at, isJsonObject, listAt, textAt, type JsonObject } from '../model/json.ts';
import type { TagTimes } from '../model/observation.ts';

/**
 * Hosts of Google whose lists say when each image was uploaded. Anchored on both sides: the times of another host
 * would be the publisher's word.
 */
const trusted = /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

/**
 * When tags were pushed and their images made, from the `manifest` field that Google's registries add to a list of
 * tags. Empty for every other host.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/google/list.go for the fields
 */
export function readPushTimes(registry: string, page: JsonObject): ReadonlyMap<string, TagTimes> {
  const manifests = trusted.test(registry) ? at(page, 'manifest') : undefined;
  if (!isJsonObject(manifests)) return new Map();
  return new Map(
    Object.values(manifests).flatMap((manifest) => {
      const pushed = isoTime(textAt(manifest, 'timeUploadedMs'));
      const created = isoTime(textAt(manifest, 'timeCreatedMs'));
      const times: TagTimes = { ...(pushed && { pushed }), ...(created && { created }) };
      const tags = listAt(manifest, 'tag').filter((tag) => typeof tag === 'string');
      return tags.map((tag) => [tag, times] as const);
    }),
  );
}

/** Milliseconds in text as an ISO 8601 time; 0 is how these registries say that they do not know. */
function isoTime(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text) || Number(text) === 0) return undefined;
  return new Date(Number(text)).toISOString();
}
