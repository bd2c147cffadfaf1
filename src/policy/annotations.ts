import { ok, problem, type Result } from '../model/result.ts';
import { closest } from './closest.ts';
import { fields } from './fields.ts';
import { emptyLayer, joinLayers, type PolicyLayer, readSetting } from './policy-layer.ts';

/** The prefix of every annotation that people write for us, and that we write. */
export const prefix = 'plimsoll.dev/';

/** Keys under the prefix that the controller writes itself. */
const writtenKeys: readonly string[] = ['plimsoll.dev/last-update'];

/** What the annotations of one object say: for all containers of a workload, and for single ones. */
export interface AnnotatedPolicy {
  readonly workload: PolicyLayer;
  readonly containers: ReadonlyMap<string, PolicyLayer>;
}

/** Whose annotations are read. */
export interface AnnotationOwner {
  /** The containers that a key may name; undefined where they are not known, as for a namespace. */
  readonly containerNames: readonly string[] | undefined;
  /** What follows the key in messages and origins: ` of Namespace shop`; nothing for the workload itself. */
  readonly suffix: string;
}

/** Whether an object carries a key under the prefix that people write. */
export function isAnnotated(annotations: Readonly<Record<string, string>>): boolean {
  return Object.keys(annotations).some(isSetting);
}

/** Every key that people may write on a workload: for all of its containers, and for each of those that are named. */
export function settingKeys(containerNames: readonly string[]): readonly string[] {
  const ofImages = Object.keys(fields).filter((name) => fields[name]?.scope === 'image');
  const own = containerNames.flatMap((container) => ofImages.map((name) => `${prefix}${name}.${container}`));
  return [...Object.keys(fields).map((name) => prefix + name), ...own];
}

/**
 * Reads every annotation of a workload under the prefix. An unknown key, a value that does not parse, or a key for a
 * container that does not exist is a problem: nothing of a broken policy is obeyed.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  containerNames: readonly string[],
): Result<AnnotatedPolicy> {
  return readAnnotationsOf({ containerNames, suffix: '' }, annotations);
}

/** As {@link readAnnotations}, for any object that may carry the keys. */
export function readAnnotationsOf(
  owner: AnnotationOwner,
  annotations: Readonly<Record<string, string>>,
): Result<AnnotatedPolicy> {
  let workload = emptyLayer;
  const containers = new Map<string, PolicyLayer>();
  for (const [key, value] of Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isSetting(key)) continue;
    const [name = '', ...rest] = key.slice(prefix.length).split('.');
    const place = `annotation ${key}${owner.suffix}`;
    const container = rest.length > 0 ? rest.join('.') : undefined;
    const fault = container === undefined ? undefined : containerFault(name, container, owner);
    if (fault !== undefined) return problem('InvalidPolicy', `${place}: ${fault}`);
    const read = readSetting(name, value, place);
    if (!read.ok) return read;
    if (container === undefined) workload = joinLayers(workload, read.value);
    else containers.set(container, joinLayers(containers.get(container) ?? emptyLayer, read.value));
  }
  return ok({ workload, containers });
}

function isSetting(key: string): boolean {
  return key.startsWith(prefix) && !writtenKeys.includes(key);
}

/** What is wrong with a key that names a container; an unknown name before the container is told elsewhere. */
function containerFault(
  name: string,
  container: string,
  { containerNames }: AnnotationOwner,
): string | undefined {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field?.scope === 'workload') return `${name} holds for the whole workload, not for one container`;
  if (!field || containerNames === undefined || containerNames.includes(container)) return undefined;
  return `there is no container "${container}"${closest(container, containerNames)}`;
}
