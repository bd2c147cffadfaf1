import { at, isJsonObject, type JsonObject, listAt, textAt } from '../model/json.ts';
import type { Container } from '../model/workload.ts';

/** Who wrote a field, as `metadata.managedFields` remembers it (KEP-555). */
export interface FieldWriter {
  readonly manager: string;
  /** `Apply`: server-side apply. `Update`: everything else. */
  readonly operation: 'Apply' | 'Update';
  /** Milliseconds since the epoch, in whole seconds; undefined where the server did not say. */
  readonly time: number | undefined;
}

/** The last writer of a container's image besides `ourselves`; undefined where managedFields do not tell. */
export function imageWriter(
  object: JsonObject,
  container: Pick<Container, 'name' | 'role'>,
  ourselves: string,
): FieldWriter | undefined {
  const writers = imageOwners(object, container).filter(({ manager }) => manager !== ourselves);
  return writers.toSorted((a, b) => (b.time ?? 0) - (a.time ?? 0))[0];
}

/**
 * Whether a container's image stands as a manager wrote it: who writes another one takes the field over, and keeps it where he
 * writes the first one again. Undefined where managedFields name nobody.
 */
export function ownsImage(
  object: JsonObject,
  container: Pick<Container, 'name' | 'role'>,
  manager: string,
): boolean | undefined {
  const owners = imageOwners(object, container);
  return owners.length === 0 ? undefined : owners.some((owner) => owner.manager === manager);
}

function imageOwners(
  object: JsonObject,
  { name, role }: Pick<Container, 'name' | 'role'>,
): readonly FieldWriter[] {
  const owns = (template: unknown) => {
    const list = at(template, 'f:spec', role === 'main' ? 'f:containers' : 'f:initContainers');
    // A custom resource may hold its containers as one atom, which is then owned as a whole.
    return isAtom(list) || at(list, `k:${JSON.stringify({ name })}`, 'f:image') !== undefined;
  };
  return templateWriters(object, owns);
}

/**
 * Whoever wrote something in the pod template after `ourselves`. Times are whole seconds, of the API server's clock: a moment of
 * our own clock counts only where the server remembers no write of ours.
 */
export function templateWritersAfter(
  object: JsonObject,
  moment: number,
  ourselves: string,
): readonly FieldWriter[] {
  const writers = templateWriters(object, () => true);
  const own = writers.filter(({ manager }) => manager === ourselves).map(({ time }) => time ?? 0);
  const since = own.length > 0 ? Math.max(...own) : moment;
  return writers.filter(({ manager, time }) => manager !== ourselves && (time ?? 0) > since);
}

/** Everybody who owns the image of some container, by name, each once. */
export function imageManagers(object: JsonObject): readonly string[] {
  const owns = (template: unknown) =>
    ['f:containers', 'f:initContainers'].some((list) => {
      const containers = at(template, 'f:spec', list);
      if (isAtom(containers)) return true;
      return isJsonObject(containers) && Object.values(containers).some((one) => at(one, 'f:image'));
    });
  return [...new Set(templateWriters(object, owns).map(({ manager }) => manager))];
}

function templateWriters(
  object: JsonObject,
  owns: (template: JsonObject) => boolean,
): readonly FieldWriter[] {
  return listAt(object, 'metadata', 'managedFields').flatMap((entry) => {
    const template = templateIn(at(entry, 'fieldsV1', 'f:spec'));
    const subresource = textAt(entry, 'subresource') ?? '';
    if (template === undefined || subresource !== '' || !owns(template)) return [];
    const time = Date.parse(textAt(entry, 'time') ?? '');
    return {
      manager: textAt(entry, 'manager') ?? '',
      operation: textAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
      time: Number.isNaN(time) ? undefined : time,
    };
  });
}

/** Where the pod template is: a CronJob has it within the template of its jobs. */
function templateIn(spec: unknown): JsonObject | undefined {
  const template = at(spec, 'f:template') ?? at(spec, 'f:jobTemplate', 'f:spec', 'f:template');
  return isJsonObject(template) ? template : undefined;
}

function isAtom(fields: unknown): boolean {
  return isJsonObject(fields) && Object.keys(fields).length === 0;
}
