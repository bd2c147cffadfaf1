import { RE2JS } from 're2js';
import type { EffectivePolicy } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import type { Container, Workload } from '../model/workload.ts';
import { type AnnotatedPolicy, isAnnotated, prefix, readAnnotations } from './annotations.ts';
import { readKeel, type KeelPolicy } from './keel.ts';
import { completePolicy, emptyLayer, mergeLayers, type PolicyLayer } from './policy-layer.ts';
import { patternLimit } from './rule.ts';
import { layersAround, noSurroundings, type Surroundings } from './surroundings.ts';

/** What the operator of the controller chose for everything that nobody else speaks of. */
export interface PolicyDefaults {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Whether `keel.sh/*` annotations and labels count. */
  readonly keelAnnotations: boolean;
  /** Settings that are weaker than any other source. */
  readonly layer?: PolicyLayer;
}

/** The containers of a workload that are tracked, each with its policy. */
export type TrackedContainers = readonly {
  readonly container: Container;
  readonly policy: EffectivePolicy;
}[];

/**
 * Resolves the policy of every container, strongest first: container key, workload key, Keel, ImagePolicies, namespace,
 * default. An empty list means that nothing is tracked; a broken value in any source that speaks of the workload is a
 * problem that says where it stands, and nothing is tracked then.
 */
export function resolvePolicies(
  workload: Workload,
  defaults: PolicyDefaults,
  surroundings: Surroundings = noSurroundings,
): Result<TrackedContainers> {
  const sources = readSources(workload, defaults, surroundings);
  if (!sources.ok) return sources;
  const tracked = workload.containers.flatMap((container) => {
    const layers = sources.value(container);
    const merged = mergeLayers(layers.all);
    const { rule, initContainers = false } = merged.settings;
    if (rule === undefined || rule.kind === 'none') return [];
    const named = layers.own?.settings.rule !== undefined;
    if (container.role === 'init' && !initContainers && !named) return [];
    return [{ container, policy: completePolicy(merged, defaults.interval) }];
  });
  return ok(tracked);
}

/** The sources that speak of one container, strongest first, and its own key among them. */
type SourcesOf = (container: Container) => {
  readonly own: PolicyLayer | undefined;
  readonly all: readonly PolicyLayer[];
};

function readSources(
  workload: Workload,
  defaults: PolicyDefaults,
  surroundings: Surroundings,
): Result<SourcesOf> {
  const around = layersAround(workload, surroundings);
  if (!around.ok) return around;
  const annotated = readOwn(workload);
  if (!annotated.ok) return annotated;
  const keel = readKeelLayer(workload, defaults);
  if (!keel.ok) return keel;
  return ok((container) => {
    const own = annotated.value.containers.get(container.name);
    const all = [
      own,
      annotated.value.workload,
      keel.value(container),
      ...around.value(container),
      defaults.layer,
    ];
    return { own, all: all.filter((layer) => layer !== undefined) };
  });
}

function readOwn({ annotations, containers }: Workload): Result<AnnotatedPolicy> {
  if (!isAnnotated(annotations)) return ok({ workload: emptyLayer, containers: new Map() });
  return readAnnotations(
    annotations,
    containers.map(({ name }) => name),
  );
}

function readKeelLayer(
  { annotations, labels }: Workload,
  { keelAnnotations }: PolicyDefaults,
): Result<(container: Container) => PolicyLayer | undefined> {
  if (!keelAnnotations || annotations[`${prefix}policy`] !== undefined) return ok(() => undefined);
  const keel = readKeel(annotations, labels);
  if (!keel.ok) return keel;
  const monitored = compileMonitored(keel.value);
  if (!monitored.ok) return monitored;
  const layer = keel.value?.layer;
  return ok(({ name }) => (monitored.value(name) ? layer : undefined));
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
