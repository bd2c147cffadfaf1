import { RE2JS } from 're2js';
import type { EffectivePolicy } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import type { Container, Workload } from '../model/workload.ts';
import { prefix, readAnnotations, type PolicyLayer } from './annotations.ts';
import { readKeel, type KeelPolicy } from './keel.ts';
import { patternLimit } from './rule.ts';

/** What the operator of the controller chose for everything that annotations leave open. */
export interface PolicyDefaults {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Whether `keel.sh/*` annotations and labels count. */
  readonly keelAnnotations: boolean;
}

/** The containers of a workload that are tracked, each with its policy. */
export type TrackedContainers = readonly {
  readonly container: Container;
  readonly policy: EffectivePolicy;
}[];

/**
 * Resolves the policy of every container from the workload's annotations, Keel's and the defaults, strongest first:
 * container key, workload key, Keel, default. An empty list means that nothing is tracked.
 */
export function resolvePolicies(workload: Workload, defaults: PolicyDefaults): Result<TrackedContainers> {
  const { annotations, labels, containers } = workload;
  const mentioned = Object.keys(annotations).some((key) => key.startsWith(prefix));
  const keel =
    defaults.keelAnnotations && annotations[`${prefix}policy`] === undefined
      ? readKeel(annotations, labels)
      : ok(undefined);
  if (!keel.ok) return keel;
  if (!mentioned && keel.value === undefined) return ok([]);

  const annotated = readAnnotations(
    annotations,
    containers.map(({ name }) => name),
  );
  if (!annotated.ok) return annotated;
  const monitored = compileMonitored(keel.value);
  if (!monitored.ok) return monitored;

  const tracked = containers.flatMap((container) => {
    const own = annotated.value.containers.get(container.name);
    const layers = [own, annotated.value.workload];
    if (keel.value && monitored.value(container.name)) layers.push(keel.value.layer);
    const merged = merge(layers.filter((layer) => layer !== undefined));
    const { rule, initContainers = false } = merged.settings;
    if (rule === undefined || rule.kind === 'none') return [];
    if (container.role === 'init' && !initContainers && own?.settings.rule === undefined) return [];
    return [{ container, policy: complete(merged, defaults) }];
  });
  return ok(tracked);
}

/** Strongest layer first. `rule`, `extract` and `order` travel together: who sets the rule decides all three. */
function merge(layers: readonly PolicyLayer[]): PolicyLayer {
  let settings: PolicyLayer['settings'] = {};
  let origins: PolicyLayer['origins'] = {};
  for (const layer of layers.toReversed()) {
    if (layer.settings.rule !== undefined) {
      const { extract: _extract, order: _order, ...rest } = settings;
      settings = rest;
    }
    settings = { ...settings, ...layer.settings };
    origins = { ...origins, ...layer.origins };
  }
  return {
    settings,
    origins: Object.fromEntries(Object.entries(origins).filter(([field]) => field in settings)),
  };
}

function complete({ settings, origins }: PolicyLayer, defaults: PolicyDefaults): EffectivePolicy {
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
    apply: 'auto',
    pin: false,
    mode: 'auto',
    schedule: { kind: 'every', milliseconds: defaults.interval },
    rolloutDeadline: undefined,
    verifyFor: undefined,
    suspend: false,
    pullSecret: undefined,
    ...given,
    origins,
    warnings: [],
  };
  return { ...policy, warnings: warningsOf(policy) };
}

function warningsOf({ schedule }: EffectivePolicy): string[] {
  if (schedule.kind !== 'every' || schedule.milliseconds >= 30_000) return [];
  return ['an interval below 30s costs the registry much and gains little'];
}

function compileMonitored(keel: KeelPolicy | undefined): Result<(name: string) => boolean> {
  const expression = keel?.monitorContainers;
  if (expression === undefined || expression === '') return ok(() => true);
  if (expression.length > patternLimit)
    return problem('InvalidPolicy', 'keel.sh/monitorContainers is longer than 512 characters');
  try {
    const compiled = RE2JS.compile(expression);
    return ok((name) => compiled.matcher(name).find());
  } catch {
    return problem(
      'InvalidPolicy',
      `keel.sh/monitorContainers = ${JSON.stringify(expression)} is not an RE2 expression`,
    );
  }
}
