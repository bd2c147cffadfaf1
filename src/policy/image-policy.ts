import type { ImagePolicy } from '../model/image-policy.ts';
import { parseImageReference, repositoryOf } from '../model/image-reference.ts';
import { ok, problem, type Result } from '../model/result.ts';
import type { Container, Workload } from '../model/workload.ts';
import { closest } from './closest.ts';
import { compileLabelSelector } from './label-selector.ts';
import { compileNameGlob } from './name-glob.ts';
import { type PolicyLayer, readSettings } from './policy-layer.ts';

/** Kinds of workload that `spec.kinds` may name. */
export const selectableKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Rollout'] as const;

/** What an ImagePolicy speaks of. */
export interface PolicyScope {
  readonly selects: (workload: Workload) => boolean;
  readonly covers: (container: Container) => boolean;
}

/** An ImagePolicy that was read once, for many workloads. */
export interface CompiledImagePolicy extends PolicyScope {
  readonly name: string;
  readonly priority: number;
  /** Its settings, or what is wrong with it. One whose scope cannot be read speaks of every workload: it fails closed. */
  readonly layer: Result<PolicyLayer>;
}

/** Reads an ImagePolicy: its scope, and its settings as annotations of the same meaning would be read. */
export function compileImagePolicy(policy: ImagePolicy): CompiledImagePolicy {
  const { name, priority } = policy;
  const where = ` of ImagePolicy ${name}`;
  const scope = compileScope(policy, where);
  if (!scope.ok) return { name, priority, layer: scope, selects: () => true, covers: () => true };
  const layer = readSettings(policy.settings, (key) => `spec.${fieldName(key)}${where}`);
  return { name, priority, layer, ...scope.value };
}

/** The precedence of ImagePolicies: the highest priority first, then by name. */
export function byPrecedence(
  a: Pick<CompiledImagePolicy, 'name' | 'priority'>,
  b: Pick<CompiledImagePolicy, 'name' | 'priority'>,
): number {
  return b.priority - a.priority || (a.name < b.name ? -1 : 1);
}

/** The field of `spec` that means the same as an annotation's key: `allow-tags` is `allowTags`. */
export function fieldName(key: string): string {
  return key.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function compileScope(policy: ImagePolicy, where: string): Result<PolicyScope> {
  const { selector, kinds, images, containers } = policy;
  const labels = compileLabelSelector(selector);
  if (!labels.ok) return problem('InvalidPolicy', `spec.selector${where}: ${labels.problem.message}`);
  const unknown = kinds.find((kind) => !selectableKinds.some((known) => known === kind));
  if (unknown !== undefined) {
    const hint = closest(unknown, selectableKinds);
    return problem('InvalidPolicy', `spec.kinds${where}: ${JSON.stringify(unknown)} is not a kind${hint}`);
  }
  const repositories = compileAny(`spec.images${where}`, images);
  if (!repositories.ok) return repositories;
  const names = compileAny(`spec.containers${where}`, containers);
  if (!names.ok) return names;
  return ok({
    selects: (workload) =>
      (kinds.length === 0 || kinds.includes(workload.ref.kind)) && labels.value(workload.labels),
    covers: ({ name, image }) => names.value(name) && spellingsOf(image).some(repositories.value),
  });
}

/** A repository may be named as the API knows it, `docker.io/library/nginx`, or as its user writes it, `nginx`. */
function spellingsOf(image: string): readonly string[] {
  const parsed = parseImageReference(image);
  return parsed.ok ? [repositoryOf(parsed.value), parsed.value.name] : [image];
}

function compileAny(place: string, globs: readonly string[]): Result<(name: string) => boolean> {
  const tests: ((name: string) => boolean)[] = [];
  for (const glob of globs) {
    const compiled = compileNameGlob(glob);
    if (!compiled.ok) return problem('InvalidPolicy', `${place}: ${compiled.problem.message}`);
    tests.push(compiled.value);
  }
  return ok((name) => tests.length === 0 || tests.some((test) => test(name)));
}
