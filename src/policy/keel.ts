import type { PolicyRule } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import type { PolicyLayer } from './policy-layer.ts';
import type { Settings } from './fields.ts';
import { parseSchedule } from './schedule.ts';

const prefix = 'keel.sh/';
/** What `matchTag` was called first; Keel still reads it. Passed over, a tag that should stay would move. */
const oldMatchTag = 'match-tag';

/** The keys by which Keel's policy chooses and forbids; each may be an annotation or a label. */
export const keelKeys: readonly string[] = [
  'policy',
  'matchTag',
  oldMatchTag,
  'matchPreRelease',
  'approvals',
  'monitorContainers',
  'initContainers',
].map((key) => prefix + key);

/**
 * Reads Keel's annotations (or labels: Keel takes the whole set from the place that holds the policy) as settings of
 * ours. Returns undefined where there is no `keel.sh/policy`; `never` opts out, whatever weaker sources say.
 * Where Keel would move down, across variants or to another precision, the translated policy does not.
 * @see https://keel.sh/docs/ for what each key means there
 */
export function readKeel(
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): Result<KeelPolicy | undefined> {
  const place = annotations[`${prefix}policy`] === undefined ? labels : annotations;
  const source = place === annotations ? 'annotation' : 'label';
  const policy = place[`${prefix}policy`];
  if (policy === undefined || policy === '') return ok(undefined);
  if (policy === 'never') return ok(optOut(`${source} ${prefix}policy`));

  const value = (key: string) => place[prefix + key] ?? annotations[prefix + key] ?? labels[prefix + key];
  const matchTag = ['matchTag', oldMatchTag].map(value).find((text) => text !== undefined);
  const rule = translateRule(policy, matchTag === 'true');
  if (!rule)
    return problem(
      'InvalidPolicy',
      `${source} keel.sh/policy = ${JSON.stringify(policy)} is not a policy of Keel`,
    );
  const approvals = readApprovals(value('approvals'));
  if (!approvals.ok) return approvals;
  const schedule = readPollSchedule(annotations[`${prefix}pollSchedule`]);
  if (!schedule.ok) return schedule;
  const monitorContainers = value('monitorContainers');
  const pullSecret = value('imagePullSecret');
  const settings: Settings = {
    ...rule,
    ...schedule.value,
    ...(approvals.value > 0 ? { mode: 'approve' } : {}),
    text: `keel ${policy}`,
    ...(value('initContainers') === 'true' ? { initContainers: true } : {}),
    ...(policy !== 'all' && value('matchPreRelease') === 'false' ? { prerelease: 'true' } : {}),
    ...(pullSecret ? { pullSecret } : {}),
  };
  const origins = Object.fromEntries(
    Object.keys(settings).map((field) => [field, `${source} ${prefix}${originKey(field)}`]),
  );
  const warnings = warningsOf({
    approvals: approvals.value,
    deadline: value('approvalDeadline'),
    channels: annotations[`${prefix}notify`],
  });
  return ok({ layer: { settings, origins, warnings }, monitorContainers });
}

/** Keel's settings, and the expression on container names that it restricts itself to. */
export interface KeelPolicy {
  readonly layer: PolicyLayer;
  readonly monitorContainers: string | undefined;
}

function optOut(origin: string): KeelPolicy {
  const settings: Settings = { rule: { kind: 'none' }, text: 'keel never' };
  return { layer: { settings, origins: { rule: origin, text: origin } }, monitorContainers: undefined };
}

function translateRule(policy: string, matchTag: boolean): Settings | undefined {
  const rule = (kind: PolicyRule): Settings => ({ rule: kind });
  if (policy === 'all') return { rule: { kind: 'major' }, prerelease: 'true' };
  if (policy === 'major' || policy === 'minor' || policy === 'patch') return rule({ kind: policy });
  if (policy === 'force') {
    return matchTag ? rule({ kind: 'digest' }) : { rule: { kind: 'semver', range: '*' }, digest: 'follow' };
  }
  const colon = policy.indexOf(':');
  const kind = policy.slice(0, Math.max(0, colon));
  const pattern = policy.slice(colon + 1);
  if ((kind === 'glob' || kind === 'regexp') && pattern !== '' && pattern.length <= 512)
    return rule({ kind, pattern });
  return undefined;
}

/** How many votes Keel would wait for. It updates nothing where the number cannot be read, and neither do we. */
function readApprovals(text: string | undefined): Result<number> {
  const votes = text?.trim() ?? '';
  if (votes === '') return ok(0);
  if (/^\d{1,9}$/.test(votes)) return ok(Number(votes));
  return problem(
    'InvalidPolicy',
    `keel.sh/approvals = ${JSON.stringify(votes.slice(0, 80))} is not a number`,
  );
}

/** What differs from what Keel would do, where the author asked for it. */
function warningsOf({
  approvals,
  deadline,
  channels,
}: {
  readonly approvals: number;
  readonly deadline: string | undefined;
  readonly channels: string | undefined;
}): readonly string[] {
  return [
    ...(approvals > 1
      ? [
          `keel.sh/approvals asks for ${approvals} votes; here one person approves, who may edit the TrackedImage`,
        ]
      : []),
    ...(approvals > 0 && deadline !== undefined
      ? [
          'keel.sh/approvalDeadline is not needed: a request for approval waits as long as its image is chosen',
        ]
      : []),
    ...(channels === undefined
      ? []
      : ['keel.sh/notify names channels of Keel; here events, metrics and the log tell of every update']),
  ];
}

function readPollSchedule(text: string | undefined): Result<Settings> {
  if (text === undefined || text.trim() === '') return ok({});
  const schedule = parseSchedule(text);
  if (schedule.ok) return ok({ schedule: schedule.value });
  return problem(
    'InvalidPolicy',
    `annotation keel.sh/pollSchedule = ${JSON.stringify(text.slice(0, 80))} ${schedule.problem.message}`,
  );
}

function originKey(field: string): string {
  const keys: Readonly<Record<string, string>> = {
    schedule: 'pollSchedule',
    initContainers: 'initContainers',
    pullSecret: 'imagePullSecret',
    prerelease: 'matchPreRelease',
    mode: 'approvals',
  };
  return keys[field] ?? 'policy';
}
