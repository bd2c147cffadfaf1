import { isDigest } from '../model/image-reference.ts';
import { isJsonObject, listAt, textAt } from '../model/json.ts';

/** The annotation in which the last update of a workload is told, on the workload itself. */
export const lastUpdateKey = 'plimsoll.dev/last-update';

/** What was written for one container. */
export interface UpdateRecord {
  readonly container: string;
  readonly from: string;
  readonly to: string;
  /** The registry digest that was rolled out. */
  readonly digest: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly policy: string;
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
  const from = textAt(value, 'from');
  const to = textAt(value, 'to');
  const digest = textAt(value, 'digest');
  const time = textAt(value, 'at');
  if (!container || !from || !to || !digest || !time) return undefined;
  if (!isDigest(digest) || !timeGrammar.test(time) || Number.isNaN(Date.parse(time))) return undefined;
  if (from.length > longestImage || to.length > longestImage) return undefined;
  return { container, from, to, digest, at: time, policy: textAt(value, 'policy') ?? '' };
}
