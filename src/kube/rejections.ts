import { listAt, textAt } from '../model/json.ts';
import {
  type Rejection,
  rejectedLimit,
  type Revert,
  revertsLimit,
  type TrackedImageStatus,
} from '../model/tracked-image.ts';

/** Reads what the status of a TrackedImage remembers against images and tools; what cannot be read is left out. */
export function memoryOf(status: unknown): Pick<TrackedImageStatus, 'rejected' | 'reverts' | 'retriedAt'> {
  return {
    rejected: readAll(listAt(status, 'rejected'), rejectionOf, rejectedLimit),
    reverts: readAll(listAt(status, 'reverts'), revertOf, revertsLimit),
    retriedAt: textAt(status, 'retriedAt'),
  };
}

function readAll<T>(
  entries: readonly unknown[],
  read: (entry: unknown) => T | undefined,
  most: number,
): readonly T[] {
  return entries
    .map(read)
    .filter((entry) => entry !== undefined)
    .slice(0, most);
}

function rejectionOf(entry: unknown): Rejection | undefined {
  const digest = textAt(entry, 'digest');
  const at = textAt(entry, 'at');
  if (digest === undefined || at === undefined) return undefined;
  const reason = textAt(entry, 'reason') === 'ForeignChange' ? 'ForeignChange' : 'RolloutFailed';
  return { digest, at, reason, tag: textAt(entry, 'tag') ?? '', message: textAt(entry, 'message') ?? '' };
}

function revertOf(entry: unknown): Revert | undefined {
  const manager = textAt(entry, 'manager');
  const image = textAt(entry, 'image');
  const at = textAt(entry, 'at');
  return manager === undefined || image === undefined || at === undefined
    ? undefined
    : { manager, image, at };
}
