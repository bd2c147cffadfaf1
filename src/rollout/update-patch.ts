import type { Change } from '../model/decision.ts';
import type { Workload } from '../model/workload.ts';
import { baselineOf } from './baseline.ts';
import { annotation, escape, type PatchOperation, test } from './patch-operation.ts';
import { testSteering } from './steering-tests.ts';
import { formatUpdateRecords, lastUpdateKey, type UpdateRecord } from './update-record.ts';

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
 * and image, our policy annotations, those that are there and those that are not, the absence of a pause, and for a
 * restart and every undo the marks that the last one left (a restart changes no image, so only these can tell that somebody
 * was faster). JSON Patch is used because a strategic merge would bring a vanished container back, and server-side apply
 * would fight the manifest's owner.
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
    ...testSteering(workload, changes),
    test('/spec/paused', workload.paused ?? null),
    ...changes.flatMap((change) => changeContainer(change, template)),
    ...(changes.every(({ how }) => how === 'image') ? [] : testMarks(workload, template)),
    ...(changes.some(({ how }) => how === 'restart') ? restart(workload, template, now) : []),
    ...annotate(workload, changes, now),
  ];
}

function changeContainer({ container, to, how }: Write, template: string): readonly PatchOperation[] {
  const list = container.role === 'main' ? 'containers' : 'initContainers';
  const path = `${template}/spec/${list}/${container.index}`;
  const held = [test(`${path}/name`, container.name), test(`${path}/image`, container.image)];
  return how === 'restart' ? held : [...held, { op: 'replace', path: `${path}/image`, value: to }];
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
    ...baselineOf(workload),
  };
}

function describe({ container, to, how, digest, policy }: Write): string {
  if (how === 'undo') return `${container.name} ${container.image} -> ${to} (undone)`;
  if (how === 'restart') return `${container.name} restarted for ${container.image}@${digest} (${policy})`;
  return `${container.name} ${container.image} -> ${to} (${policy})`;
}
