import { at, isJsonObject, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import { sameJson, withAt } from './json-edit.ts';
import { immutable, invalidValue } from './metadata-validation.ts';
import { normalForm } from './normal-form.ts';

/** The same Event under its two names: field of events.k8s.io/v1, field of the core group. */
const renamed: readonly (readonly [modern: string, core: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

/** Turns an Event of events.k8s.io/v1 into the form of the core group, in which both are kept. */
export function toCoreEvent(event: JsonObject): JsonObject {
  return asKeptEvent(rename(event, renamed));
}

/** Turns a kept Event into the form of events.k8s.io/v1. */
export function fromCoreEvent(event: JsonObject): JsonObject {
  const back = renamed.map(([modern, core]) => [core, modern] as const);
  return rename(asCoreEvent(event), back);
}

/** A kept Event as the core group shows it: with what is never left out. */
export function asCoreEvent(event: JsonObject): JsonObject {
  return { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null, ...event };
}

/** An Event of the core group as it is kept: without what it shows in any case. */
export function asKeptEvent(event: JsonObject): JsonObject {
  const { source, ...rest } = normalForm(event);
  return isJsonObject(source) && Object.keys(source).length > 0 ? { ...rest, source } : rest;
}

function rename(event: JsonObject, names: readonly (readonly [string, string])[]): JsonObject {
  return names.reduce((result, [from, to]) => {
    const value = result[from];
    return value === undefined ? result : withAt(withAt(result, [from], undefined), [to], value);
  }, event);
}

/** Fields of an Event that an update through events.k8s.io/v1 may not touch. */
const frozen = [
  'regarding',
  'related',
  'reason',
  'note',
  'type',
  'action',
  'eventTime',
  'reportingController',
  'reportingInstance',
];

/** The longest text that a field takes, in bytes. */
const longest: Readonly<Record<string, number>> = {
  reportingInstance: 128,
  action: 128,
  reason: 128,
  note: 1_024,
};

/** What is wrong with an Event of events.k8s.io/v1. After its creation only its series may change. */
export function validateEvent(event: JsonObject, before: JsonObject | undefined): readonly FieldCause[] {
  const causes = [...validateCoreEvent(event, 'regarding'), ...checkSeries(event)];
  if (before !== undefined) {
    const changed = frozen.filter((field) => !sameJson(event[field], before[field]));
    return [...causes, ...changed.map((field) => immutable(field, event[field]))];
  }
  for (const field of ['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason']) {
    if ((textAt(event, field) ?? '') === '')
      causes.push({ reason: 'FieldValueRequired', message: 'Required value', field });
  }
  for (const [field, limit] of Object.entries(longest)) {
    const tooLong = Buffer.byteLength(textAt(event, field) ?? '') > limit;
    if (tooLong) causes.push(invalidValue(field, '', `can have at most ${limit} characters`));
  }
  const type = textAt(event, 'type') ?? '';
  if (type !== 'Normal' && type !== 'Warning')
    causes.push(invalidValue('type', '', `has invalid value: ${type}`));
  return causes;
}

function checkSeries(event: JsonObject): readonly FieldCause[] {
  if (at(event, 'series') === undefined) return [];
  const few = (numberAt(event, 'series', 'count') ?? 0) < 2;
  return few ? [invalidValue('series.count', '', 'should be at least 2')] : [];
}

/** What is wrong with an Event of the core group: without an `eventTime` it must live where its object lives. */
export function validateCoreEvent(event: JsonObject, target = 'involvedObject'): readonly FieldCause[] {
  const namespace = textAt(event, 'metadata', 'namespace');
  const about = textAt(event, target, 'namespace') ?? '';
  const timed = textAt(event, 'eventTime') !== undefined;
  const agrees = about === '' ? namespace === 'default' : timed || about === namespace;
  return agrees ? [] : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The first of the fields that does not hold a MicroTime, as the API server would complain of it.
 * A MicroTime has exactly six digits after the point; anything else is refused with 400.
 */
export function wrongMicroTime(
  object: JsonObject,
  paths: readonly (readonly string[])[],
): string | undefined {
  for (const path of paths) {
    const value = at(object, ...path);
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || !microTime.test(value)) {
      return `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`;
    }
  }
  return undefined;
}
