import { parseDuration } from '../model/duration.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { closest } from './closest.ts';
import { parsePlatforms } from './platforms.ts';
import { parseRule, parseTagFilters, patternLimit } from './rule.ts';
import { parseSchedule } from './schedule.ts';
import { parseWindows } from './window.ts';

/** What one source of settings says; every field that it does not speak of is absent. */
export type Settings = Partial<Omit<EffectivePolicy, 'origins' | 'warnings'>> & {
  readonly initContainers?: boolean;
};

/** One key under the prefix: who may carry it, and how its value is read. */
export interface Field {
  /** `image`: may also be set for one container, as `key.container`. */
  readonly scope: 'image' | 'workload';
  /** Reads the value. The problem's message continues the sentence "annotation … = "…" …". */
  readonly read: (text: string) => Result<Settings>;
}

/** Every annotation key under the prefix that people may write, without the prefix. */
export const fields: Readonly<Record<string, Field>> = {
  policy: image((text) => map(parseRule(text), (rule) => ({ rule, text }))),
  'allow-tags': image((text) => map(parseTagFilters(text), (allowTags) => ({ allowTags }))),
  'ignore-tags': image((text) => map(parseTagFilters(text), (ignoreTags) => ({ ignoreTags }))),
  order: image(oneOf('order', ['version', 'alphabetical', 'numeric', 'created'])),
  extract: image(readExtract),
  prerelease: image(oneOf('prerelease', ['auto', 'true', 'false'])),
  variant: image(oneOf('variant', ['exact', 'family'])),
  precision: image(oneOf('precision', ['same', 'any'])),
  scheme: image(oneOf('scheme', ['same', 'any'])),
  'strict-zero': image(flag('strictZero')),
  platforms: image((text) => map(parsePlatforms(text), (platforms) => ({ platforms }))),
  digest: image(oneOf('digest', ['auto', 'follow', 'hold', 'ignore'])),
  apply: image(oneOf('apply', ['auto', 'pin', 'restart'])),
  pin: image(flag('pin')),
  mode: image(oneOf('mode', ['auto', 'approve', 'notify'])),
  interval: image(readInterval),
  schedule: image((text) => map(parseSchedule(text), (schedule) => ({ schedule }))),
  'min-age': image(duration('minAge')),
  'pull-secret': image(readSecretName),
  window: workload((text) => map(parseWindows(text), (windows) => ({ windows }))),
  rollback: workload(oneOf('rollback', ['auto', 'never'])),
  'rollout-deadline': workload(duration('rolloutDeadline')),
  'verify-for': workload(duration('verifyFor')),
  'init-containers': workload(flag('initContainers')),
  'managed-elsewhere': workload(oneOf('managedElsewhere', ['hold', 'allow'])),
  suspend: workload(flag('suspend')),
};

type Reader = Field['read'];

function image(read: Reader): Field {
  return { scope: 'image', read };
}

function workload(read: Reader): Field {
  return { scope: 'workload', read };
}

function map<T>(result: Result<T>, use: (value: T) => Settings): Result<Settings> {
  return result.ok ? ok(use(result.value)) : result;
}

function oneOf<K extends keyof Settings>(
  field: K,
  words: readonly (Settings[K] & string)[],
): (text: string) => Result<Settings> {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word === undefined) return notAmong(text, words);
    const settings: Settings = { [field]: word };
    return ok(settings);
  };
}

function flag(field: 'strictZero' | 'pin' | 'initContainers' | 'suspend'): Reader {
  return (text) =>
    text === 'true' || text === 'false'
      ? ok({ [field]: text === 'true' })
      : notAmong(text, ['true', 'false']);
}

function duration(field: 'minAge' | 'rolloutDeadline' | 'verifyFor'): Reader {
  return (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined ? notDuration() : ok({ [field]: milliseconds });
  };
}

function readInterval(text: string): Result<Settings> {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) return notDuration();
  if (milliseconds < 1_000) return problem('InvalidPolicy', 'is too short; the least is 1s');
  return ok({ schedule: { kind: 'every', milliseconds } });
}

function readExtract(text: string): Result<Settings> {
  if (text === '') return problem('InvalidPolicy', 'is empty');
  if (text.length > patternLimit)
    return problem('InvalidPolicy', `is longer than ${patternLimit} characters`);
  return ok({ extract: text });
}

function readSecretName(text: string): Result<Settings> {
  const valid = text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text);
  return valid ? ok({ pullSecret: text }) : problem('InvalidPolicy', 'is not the name of a secret');
}

function notDuration(): Result<Settings> {
  return problem('InvalidPolicy', 'is not a duration such as 90s, 5m or 1h30m');
}

function notAmong(text: string, words: readonly string[]): Result<Settings> {
  return problem('InvalidPolicy', `must be one of ${words.join(', ')}${closest(text, words)}`);
}
