import type { Change } from '../model/decision.ts';
import { at } from '../model/json.ts';
import type { Workload } from '../model/workload.ts';
import { isUnhealthy } from './baseline.ts';
import { formatUpdateRecords, isSteering, lastUpdateKey, type UpdateRecord } from './update-record.ts';

/** One operation of a JSON Patch (RFC 6902), as far as we write it. */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

/** What is written for one container: a change, or the reference that is put back in its place. */
export interface Write extends Omit<Change, 'how' | 'digest'> {
  readonly how: Change['how'] | 'undo';
  /** The registry digest that will run; undefined only for an undo that does not know what it puts back. */
  readonly digest: string | undefined;
}

/** `kubectl rollout restart` sets this annotation of the pod template. */
const restartedAtKey = 'kubectl.kubernetes.io/restartedAt';
const changeCauseKey = 'kubernetes.io/change-cause';

/**
 * Builds the one patch of an update: all containers of a workload that change, hence one rollout.
 *
 * It is a compare-and-swap on everything that was decided on: the workload's identity, each container's place, name
 * and image, our policy annotations, the absence of a pause, and for a restart and every undo the marks that the last one
 * left (a restart changes no image, so only these can tell that somebody was faster). JSON Patch is used because a
 * strategic merge would bring a vanished container back, and server-side apply would fight the manifest's owner.
 *
 * @param template JSON pointer of the pod template, such as `/spec/template`
 * @param now RFC 3339, UTC
 */
export function buildUpdatePatch(
  workload: Workload,
  changes: readonly Write[],
  template: string,
  now: string,
): readonly PatchOperation[] {
  return [
    test('/metadata/uid', workload.uid),
    ...testPolicy(workload),
    test('/spec/paused', workload.paused ?? null),
    ...changes.flatMap((change) => changeContainer(change, template)),
    ...(changes.every(({ how }) => how === 'image') ? [] : testMarks(workload, template)),
    ...(changes.some(({ how }) => how === 'restart') ? restart(workload, template, now) : []),
    ...annotate(workload, changes, now),
  ];
}

/** Whether every `test` of a patch would pass on an object as it was read. */
export function testsHold(operations: readonly PatchOperation[], object: unknown): boolean {
  return operations.every(
    ({ op, path, value }) => op !== 'test' || (valueAt(object, path) ?? null) === value,
  );
}

function changeContainer({ container, to, how }: Write, template: string): readonly PatchOperation[] {
  const list = container.role === 'main' ? 'containers' : 'initContainers';
  const path = `${template}/spec/${list}/${container.index}`;
  const held = [test(`${path}/name`, container.name), test(`${path}/image`, container.image)];
  return how === 'restart' ? held : [...held, { op: 'replace', path: `${path}/image`, value: to }];
}

/** What people wrote to steer us must still stand as it was read; a suspension must not have been added. */
function testPolicy({ annotations, hasAnnotations, labels }: Workload): readonly PatchOperation[] {
  const byLabel = Object.entries(labels)
    .filter(([key]) => key.startsWith('keel.sh/'))
    .map(([key, value]) => test(`/metadata/labels/${escape(key)}`, value));
  // Without annotations the whole map is tested to be absent, see `annotate`.
  if (!hasAnnotations) return byLabel;
  const steering = Object.entries(annotations).filter(([key]) => isSteering(key));
  const suspend = 'plimsoll.dev/suspend';
  return [
    ...byLabel,
    ...steering.map(([key, value]) => test(annotation(key), value)),
    ...(annotations[suspend] === undefined ? [test(annotation(suspend), null)] : []),
  ];
}

/** What the last restart and the last update of ours left must still stand as it was read. */
function testMarks(workload: Workload, template: string): readonly PatchOperation[] {
  const path = `${template}/metadata/annotations`;
  const last = workload.hasAnnotations
    ? [test(annotation(lastUpdateKey), workload.annotations[lastUpdateKey] ?? null)]
    : [];
  const mark = workload.templateHasAnnotations
    ? test(`${path}/${escape(restartedAtKey)}`, workload.restartedAt ?? null)
    : test(path, null);
  return [...last, mark];
}

function restart(workload: Workload, template: string, now: string): readonly PatchOperation[] {
  const path = `${template}/metadata/annotations`;
  return workload.templateHasAnnotations
    ? [{ op: 'add', path: `${path}/${escape(restartedAtKey)}`, value: now }]
    : [{ op: 'add', path, value: { [restartedAtKey]: now } }];
}

function annotate(workload: Workload, changes: readonly Write[], now: string): readonly PatchOperation[] {
  const records = changes.map((change) => recordOf(change, workload, now));
  const written = {
    [lastUpdateKey]: formatUpdateRecords(records),
    [changeCauseKey]: `plimsoll: ${changes.map(describe).join('; ')}`.slice(0, 1024),
  };
  if (!workload.hasAnnotations) {
    const path = '/metadata/annotations';
    return [test(path, null), { op: 'add', path, value: written }];
  }
  return Object.entries(written).map(([key, value]) => ({ op: 'add', path: annotation(key), value }));
}

function recordOf(
  { container, to, how, digest, policy, fromDigest }: Write,
  workload: Workload,
  at: string,
): UpdateRecord {
  const record = { container: container.name, from: container.image, to, digest, at, policy };
  if (how === 'undo') return { ...record, undo: true };
  return {
    ...record,
    ...(fromDigest === undefined ? {} : { fromDigest }),
    ...(isUnhealthy(workload) ? { unhealthyBefore: true } : {}),
  };
}

function describe({ container, to, how, digest, policy }: Write): string {
  if (how === 'undo') return `${container.name} ${container.image} -> ${to} (undone)`;
  if (how === 'restart') return `${container.name} restarted for ${container.image}@${digest} (${policy})`;
  return `${container.name} ${container.image} -> ${to} (${policy})`;
}

function test(path: string, value: unknown): PatchOperation {
  return { op: 'test', path, value };
}

function annotation(key: string): string {
  return `/metadata/annotations/${escape(key)}`;
}

/** A key within a JSON pointer (RFC 6901, section 3). */
function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function valueAt(object: unknown, pointer: string): unknown {
  let current = object;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    current = Array.isArray(current) ? current[Number(key)] : at(current, key);
  }
  return current;
}
