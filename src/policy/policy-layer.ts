import type { EffectivePolicy } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { closest } from './closest.ts';
import { fields, type Settings } from './fields.ts';

/** The settings of one source, with the origin of each field for people. */
export interface PolicyLayer {
  readonly settings: Settings;
  readonly origins: Readonly<Record<string, string>>;
  /** What its author should know of them. */
  readonly warnings?: readonly string[];
}

/** A source that says nothing. */
export const emptyLayer: PolicyLayer = { settings: {}, origins: {} };

/**
 * Reads one setting: a key of `fields` and its text, wherever both were written. `place` names that place for people,
 * `annotation plimsoll.dev/policy`; it is the origin of what was read, and every problem begins with it.
 */
export function readSetting(key: string, text: string, place: string): Result<PolicyLayer> {
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (!field) return problem('InvalidPolicy', `${place} is unknown${closest(key, Object.keys(fields))}`);
  const read = field.read(text.trim());
  if (!read.ok) return problem('InvalidPolicy', `${place} = ${shown(text)} ${read.problem.message}`);
  const settings = read.value;
  const origins = Object.fromEntries(Object.keys(settings).map((name) => [name, place]));
  return ok({ settings, origins });
}

/** Reads all settings of a source that is a map from keys of `fields` to texts; `placeOf` names the place of each key. */
export function readSettings(
  texts: Readonly<Record<string, string>>,
  placeOf: (key: string) => string,
): Result<PolicyLayer> {
  let layer = emptyLayer;
  for (const [key, text] of Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const read = readSetting(key, text, placeOf(key));
    if (!read.ok) return read;
    layer = joinLayers(layer, read.value);
  }
  return ok(layer);
}

/** Joins two parts of the same source. */
export function joinLayers(one: PolicyLayer, other: PolicyLayer): PolicyLayer {
  return {
    settings: { ...one.settings, ...other.settings },
    origins: { ...one.origins, ...other.origins },
    warnings: [...(one.warnings ?? []), ...(other.warnings ?? [])],
  };
}

/**
 * Lays sources over each other, the strongest first. `rule`, `extract` and `order` travel together: the strongest source
 * that sets the rule decides all three, and a stronger one that sets only `extract` or `order` still adds to it.
 */
export function mergeLayers(layers: readonly PolicyLayer[]): PolicyLayer {
  let merged = emptyLayer;
  for (const layer of layers.toReversed()) {
    merged = joinLayers(layer.settings.rule === undefined ? merged : withoutRule(merged), layer);
  }
  return merged;
}

function withoutRule({ settings, origins, ...layer }: PolicyLayer): PolicyLayer {
  const { rule: _rule, text: _text, extract: _extract, order: _order, ...rest } = settings;
  const kept = Object.entries(origins).filter(([field]) => field in rest);
  return { ...layer, settings: rest, origins: Object.fromEntries(kept) };
}

/** Fills in what no source speaks of. `interval`: milliseconds between two looks where nobody says. */
export function completePolicy(
  { settings, origins, warnings = [] }: PolicyLayer,
  interval: number,
): EffectivePolicy {
  const { initContainers: _initContainers, ...given } = settings;
  const policy: EffectivePolicy = {
    rule: { kind: 'none' },
    text: '',
    prerelease: 'auto',
    variant: 'exact',
    precision: 'same',
    scheme: 'same',
    strictZero: false,
    order: 'version',
    extract: undefined,
    allowTags: [],
    ignoreTags: [],
    digest: 'auto',
    platforms: [],
    apply: 'auto',
    pin: false,
    mode: 'auto',
    schedule: { kind: 'every', milliseconds: interval },
    minAge: 0,
    rolloutDeadline: undefined,
    verifyFor: undefined,
    windows: [],
    rollback: 'auto',
    managedElsewhere: 'hold',
    suspend: false,
    pullSecret: undefined,
    ...given,
    origins,
    warnings: [],
  };
  return { ...policy, warnings: [...warnings, ...warningsOf(policy)] };
}

function warningsOf({ schedule, mode, apply, origins }: EffectivePolicy): string[] {
  // What the operator asks of all is theirs to know.
  const isAsked = origins['schedule'] !== undefined;
  const isHasty = isAsked && schedule.kind === 'every' && schedule.milliseconds < 30_000;
  return [
    ...(isHasty ? ['an interval below 30s costs the registry much and gains little'] : []),
    ...(mode === 'approve' && apply === 'restart'
      ? ['under apply: restart pods pull what the tag means then, be it approved or not']
      : []),
  ];
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
