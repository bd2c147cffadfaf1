import { formatDuration } from '../../model/duration.ts';
import { formatPlatform } from '../../model/platform.ts';
import type { EffectivePolicy, LookSchedule } from '../../model/policy.ts';

/** One field of an effective policy for people. */
export interface PolicyField {
  /** As the annotation calls it: `allow-tags`. */
  readonly field: string;
  readonly value: string;
  /** Where it stands, or `default`. */
  readonly from: string;
}

/** Fields that are not settings of their own. */
const hidden: readonly string[] = ['rule', 'text', 'schedule', 'origins', 'warnings'];

/** The fields of a policy: what somebody set comes first, the policy itself before all; defaults that are empty are left out. */
export function policyFields(policy: EffectivePolicy): readonly PolicyField[] {
  const { origins, text, schedule } = policy;
  const others = Object.entries(policy)
    .filter(([name]) => !hidden.includes(name))
    .map(([name, value]) => ({
      field: keyOf(name),
      value: name === 'platforms' ? policy.platforms.map(formatPlatform).join(',') : textOf(value),
      from: origins[name] ?? 'default',
    }))
    .filter(({ value, from }) => value !== '' || from !== 'default');
  const look = {
    field: schedule.kind === 'every' ? 'interval' : 'schedule',
    value: scheduleText(schedule),
    from: origins['schedule'] ?? 'default',
  };
  const set = [...others, look].toSorted(
    (a, b) => Number(a.from === 'default') - Number(b.from === 'default'),
  );
  return [{ field: 'policy', value: text, from: origins['rule'] ?? 'default' }, ...set];
}

function keyOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDuration(value);
  if (Array.isArray(value)) return value.map(filterText).join(', ');
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

function filterText(filter: unknown): string {
  if (typeof filter === 'string') return filter;
  const parts: readonly unknown[] = Object.values(Object(filter) as object);
  return parts.join(':');
}

function scheduleText(schedule: LookSchedule): string {
  if (schedule.kind === 'every') return formatDuration(schedule.milliseconds);
  return `${schedule.expression} ${schedule.timeZone}`;
}
