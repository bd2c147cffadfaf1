import type { Container, Workload } from '../model/workload.ts';
import { settingKeys } from '../policy/annotations.ts';
import { keelKeys } from '../policy/keel.ts';
import { annotation, escape, type PatchOperation, test } from './patch-operation.ts';
import { isSteering } from './update-record.ts';

/** A container that is written, and whether what is written is an undo. */
export interface Steered {
  readonly container: Pick<Container, 'name'>;
  readonly how: string;
}

/** An undo asks for no window, mode or rule: of what is not there, only these could have forbidden it. */
const keysOfUndo: readonly string[] = ['plimsoll.dev/suspend', 'plimsoll.dev/rollback'];

/** Most keys that are tested to be absent; the API server takes 10,000 operations in a patch. */
const mostAbsent = 2_000;

/**
 * Tests that what people wrote to steer us still stands as it was read, and that nothing was added which the decision has
 * not seen: it might have forbidden the write, or led to another one.
 */
export function testSteering(workload: Workload, writes: readonly Steered[]): readonly PatchOperation[] {
  const { annotations, hasAnnotations, labels } = workload;
  const keys = writes.every(({ how }) => how === 'undo') ? keysOfUndo : keysOf(workload, writes);
  const missing = (map: Readonly<Record<string, string>>) => keys.filter((key) => !Object.hasOwn(map, key));
  // A test within a map that is not there would fail. Of annotations, `annotate` tests that there are still none.
  const absentLabels = Object.keys(labels).length > 0 ? missing(labels).filter(isKeel) : [];
  const absentAnnotations = hasAnnotations ? missing(annotations) : [];
  const presentLabels = Object.entries(labels).filter(([key]) => isKeel(key));
  const presentAnnotations = Object.entries(annotations).filter(([key]) => isSteering(key));
  return [
    ...presentLabels.map(([key, value]) => test(label(key), value)),
    ...absentLabels.map((key) => test(label(key), null)),
    ...presentAnnotations.map(([key, value]) => test(annotation(key), value)),
    ...absentAnnotations.map((key) => test(annotation(key), null)),
  ];
}

/** Where there is a policy of ours, Keel's keys are not obeyed. */
function keysOf({ annotations }: Workload, writes: readonly Steered[]): readonly string[] {
  const own = settingKeys(writes.map(({ container }) => container.name));
  return [...(annotations['plimsoll.dev/policy'] === undefined ? keelKeys : []), ...own].slice(0, mostAbsent);
}

function label(key: string): string {
  return `/metadata/labels/${escape(key)}`;
}

function isKeel(key: string): boolean {
  return key.startsWith('keel.sh/');
}
