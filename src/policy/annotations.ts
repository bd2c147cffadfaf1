import { ok, problem, type Result } from '../model/result.ts';
import { closest } from './closest.ts';
import { fields, type Settings } from './fields.ts';

/** The prefix of every annotation that people write for us, and that we write. */
export const prefix = 'plimsoll.dev/';

/** Keys under the prefix that the controller writes itself. */
export const writtenKeys: readonly string[] = ['plimsoll.dev/last-update'];

/** The settings of one source, with the origin of each field for people. */
export interface PolicyLayer {
  readonly settings: Settings;
  readonly origins: Readonly<Record<string, string>>;
}

/** What a workload's own annotations say: for all of its containers, and for single ones. */
export interface AnnotatedPolicy {
  readonly workload: PolicyLayer;
  readonly containers: ReadonlyMap<string, PolicyLayer>;
}

/**
 * Reads every annotation under the prefix. An unknown key, a value that does not parse, or a key for a container
 * that does not exist is a problem: nothing of a broken policy is obeyed.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  containerNames: readonly string[],
): Result<AnnotatedPolicy> {
  let workload: PolicyLayer = { settings: {}, origins: {} };
  const containers = new Map<string, PolicyLayer>();
  for (const [key, value] of Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix) || writtenKeys.includes(key)) continue;
    const found = readOne(key, value, containerNames);
    if (!found.ok) return found;
    const { container, settings } = found.value;
    if (container === undefined) workload = extend(workload, settings, key);
    else containers.set(container, extend(containers.get(container) ?? emptyLayer, settings, key));
  }
  return ok({ workload, containers });
}

const emptyLayer: PolicyLayer = { settings: {}, origins: {} };

function readOne(
  key: string,
  value: string,
  containerNames: readonly string[],
): Result<{ container: string | undefined; settings: Settings }> {
  const [name = '', ...rest] = key.slice(prefix.length).split('.');
  const container = rest.length > 0 ? rest.join('.') : undefined;
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) {
    return problem('InvalidPolicy', `annotation ${key} is unknown${closest(name, Object.keys(fields))}`);
  }
  if (container !== undefined && field.scope === 'workload') {
    return problem(
      'InvalidPolicy',
      `annotation ${key}: ${name} holds for the whole workload, not for one container`,
    );
  }
  if (container !== undefined && !containerNames.includes(container)) {
    const hint = closest(container, containerNames);
    return problem('InvalidPolicy', `annotation ${key}: there is no container "${container}"${hint}`);
  }
  const settings = field.read(value.trim());
  if (!settings.ok) {
    const shown = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
    return problem('InvalidPolicy', `annotation ${key} = ${shown} ${settings.problem.message}`);
  }
  return ok({ container, settings: settings.value });
}

function extend(layer: PolicyLayer, settings: Settings, key: string): PolicyLayer {
  const origins = Object.fromEntries(Object.keys(settings).map((field) => [field, `annotation ${key}`]));
  return { settings: { ...layer.settings, ...settings }, origins: { ...layer.origins, ...origins } };
}
