import { isDigest } from '../model/image-reference.ts';
import { flagAt, isJsonObject, listAt, numberAt, textAt } from '../model/json.ts';
import { type Baseline, baselineIn } from './baseline.ts';

/** The annotation in which the last update of a workload is told, on the workload itself. */
export const lastUpdateKey = 'plimsoll.dev/last-update';

/** Whether an annotation is one by which people steer us, and not one that we write. */
export function isSteering(key: string): boolean {
  return (key.startsWith('plimsoll.dev/') && key !== lastUpdateKey) || key.startsWith('keel.sh/');
}

/** What was written for one container, and how the workload was before. */
export interface UpdateRecord extends Baseline {
  readonly container: string;
  readonly from: string;
  readonly to: string;
  /** The registry digest that was rolled out; undefined only for an undo that does not know what it puts back. */
  readonly digest: string | undefined;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly policy: string;
  /** The registry digest of `from`, where it is known. */
  readonly fromDigest?: string;
  /** The update `from` failed, and `to` was put back. */
  readonly undo?: true;
}

/**
 * Writes the annotation: the record of the first container as one JSON object, and those of further containers that
 * changed in the same patch under `more`.
 */
export function formatUpdateRecords([first, ...more]: readonly UpdateRecord[]): string {
  return JSON.stringify(more.length === 0 ? first : { ...first, more });
}

/** The longest image reference; see `parseImageReference`. */
const longestImage = 1_024;
/** RFC 3339 in UTC, as `Date.toISOString` writes it. */
const timeGrammar = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/**
 * Reads the records of an annotation; none where it is missing, foreign or longer than an annotation of ours. Anybody
 * who may edit the workload can write there, so a record that we would not have written is left out.
 */
export function readUpdateRecords(annotation: string | undefined): readonly UpdateRecord[] {
  if (annotation === undefined || annotation.length > 65_536) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(annotation);
  } catch {
    return [];
  }
  if (!isJsonObject(parsed)) return [];
  return [parsed, ...listAt(parsed, 'more')].map(readRecord).filter((record) => record !== undefined);
}

function readRecord(value: unknown): UpdateRecord | undefined {
  const container = textAt(value, 'container');
  const from = imageAt(value, 'from');
  const to = imageAt(value, 'to');
  const at = timeAt(value, 'at');
  if (!container || !from || !to || !at) return undefined;
  const digest = textAt(value, 'digest');
  const fromDigest = textAt(value, 'fromDigest');
  const undo = flagAt(value, 'undo') === true;
  const unhealthyBefore = flagAt(value, 'unhealthyBefore');
  if (digest === undefined && !undo) return undefined;
  if (![digest, fromDigest].every((each) => each === undefined || isDigest(each))) return undefined;
  return {
    container,
    from,
    to,
    digest,
    at,
    policy: textAt(value, 'policy') ?? '',
    ...(fromDigest === undefined ? {} : { fromDigest }),
    ...baselineIn({ unavailableBefore: countAt(value, 'unavailableBefore'), unhealthyBefore }),
    ...(undo ? { undo } : {}),
  };
}

function imageAt(value: unknown, key: string): string | undefined {
  const image = textAt(value, key);
  return image !== undefined && image.length <= longestImage ? image : undefined;
}

function countAt(value: unknown, key: string): number | undefined {
  const count = numberAt(value, key) ?? 0;
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

function timeAt(value: unknown, key: string): string | undefined {
  const time = textAt(value, key) ?? '';
  return timeGrammar.test(time) && !Number.isNaN(Date.parse(time)) ? time : undefined;
}
