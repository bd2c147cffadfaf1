import type { Change } from '../model/decision.ts';
import { at } from '../model/json.ts';
import type { Workload } from '../model/workload.ts';
import { formatUpdateRecords, lastUpdateKey } from './update-record.ts';

/** One operation of a JSON Patch (RFC 6902), as far as we write it. */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

/** `kubectl rollout restart` sets this annotation of the pod template. */
const restartedAtKey = 'kubectl.kubernetes.io/restartedAt';
const changeCauseKey = 'kubernetes.io/change-cause';

/**
 * Builds the one patch of an update: all containers of a workload that change, hence one rollout.
 *
 * It is a compare-and-swap on everything that was decided on: the workload's identity, each container's place, name
 * and image, our policy annotations, the absence of a pause, and for a restart the marks that the last one left
 * (a restart changes no image, so only these can tell that somebody was faster). JSON Patch is used because a
 * strategic merge would bring a vanished container back, and server-side apply would fight the manifest's owner.
 *
 * @param template JSON pointer of the pod template, such as `/spec/template`
 * @param now RFC 3339, UTC
 */
export function buildUpdatePatch(
  workload: Workload,
  changes: readonly Change[],
  template: string,
  now: string,
): readonly PatchOperation[] {
  return [
    test('/metadata/uid', workload.uid),
    ...testPolicy(workload),
    test('/spec/paused', workload.paused ?? null),
    ...changes.flatMap((change) => changeContainer(change, template)),
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

function changeContainer({ container, to, how }: Change, template: string): readonly PatchOperation[] {
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
  const steering = Object.entries(annotations).filter(
    ([key]) => (key.startsWith('plimsoll.dev/') && key !== lastUpdateKey) || key.startsWith('keel.sh/'),
  );
  const suspend = 'plimsoll.dev/suspend';
  return [
    ...byLabel,
    ...steering.map(([key, value]) => test(annotation(key), value)),
    ...(annotations[suspend] === undefined ? [test(annotation(suspend), null)] : []),
  ];
}

function restart(workload: Workload, template: string, now: string): readonly PatchOperation[] {
  const path = `${template}/metadata/annotations`;
  const last = workload.hasAnnotations
    ? [test(annotation(lastUpdateKey), workload.annotations[lastUpdateKey] ?? null)]
    : [];
  if (!workload.templateHasAnnotations) {
    return [...last, test(path, null), { op: 'add', path, value: { [restartedAtKey]: now } }];
  }
  const mark = `${path}/${escape(restartedAtKey)}`;
  return [...last, test(mark, workload.restartedAt ?? null), { op: 'add', path: mark, value: now }];
}

function annotate(workload: Workload, changes: readonly Change[], now: string): readonly PatchOperation[] {
  const records = changes.map(({ container, to, digest, policy }) => ({
    container: container.name,
    from: container.image,
    to,
    digest,
    at: now,
    policy,
  }));
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

function describe({ container, to, how, digest, policy }: Change): string {
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
