import type { JsonObject } from '../model/json.ts';
import type { EventNote } from '../model/ports.ts';
import { microTime } from './micro-time.ts';
import { apiVersionOf, resources } from './resources.ts';

/** Who tells an event. */
export interface EventSource {
  /** `reportingController`: who we are to people. */
  readonly controller: string;
  /** `reportingInstance`: which of our replicas. */
  readonly instance: string;
}

/** Limits of `events.k8s.io/v1`, in bytes. */
const noteLimit = 1_024;
const wordLimit = 128;
const nameLimit = 253;

/** The namespace in which an event lives: that of its object, or `default` for cluster-scoped ones. */
export function eventNamespace({ regarding }: EventNote): string {
  return regarding.namespace === '' ? 'default' : regarding.namespace;
}

/** The name of an event: that of its object and a suffix, together a DNS subdomain. */
export function eventName({ regarding }: EventNote, suffix: string): string {
  const stem = regarding.name.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
  const cut = stem.slice(0, nameLimit - suffix.length - 1).replace(/[^a-z0-9]+$/, '');
  return cut === '' ? suffix : `${cut}.${suffix}`;
}

/** An Event of `events.k8s.io/v1` that was seen once. */
export function eventBody(event: EventNote, name: string, source: EventSource, now: number): JsonObject {
  return {
    apiVersion: apiVersionOf(resources.events),
    kind: resources.events.kind,
    metadata: { name, namespace: eventNamespace(event) },
    eventTime: microTime(now),
    reportingController: source.controller,
    reportingInstance: cutBytes(source.instance, wordLimit),
    action: cutBytes(event.action, wordLimit),
    reason: cutBytes(event.reason, wordLimit),
    type: event.type,
    regarding: event.regarding,
    note: cutBytes(event.note, noteLimit),
  };
}

/** The merge patch that says how often, and when last, the same was seen again. */
export function seriesPatch(count: number, last: number): JsonObject {
  return { series: { count, lastObservedTime: microTime(last) } };
}

/** Cuts at a character, so that the UTF-8 text fits a number of bytes; an ellipsis shows the cut. */
function cutBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let kept = '';
  let bytes = Buffer.byteLength('…');
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    kept += character;
  }
  return `${kept}…`;
}
