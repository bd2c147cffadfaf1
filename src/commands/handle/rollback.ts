import { isTag, parseImageReference } from '../../model/image-reference.ts';
import type { State } from '../../model/reasons.ts';
import type { HistoryEntry, TrackedImage } from '../../model/tracked-image.ts';
import type { Edit, Wish } from './ask.ts';
import type { Handle } from './handle.ts';

/** `plimsoll rollback`: take an update back. */
export const rollback: Handle = {
  name: 'rollback',
  words: '[TAG[@DIGEST]]',
  purpose:
    'Takes the last update back, or goes back to an image of the history. What is left for it is not proposed again until plimsoll retry; something newer still comes.',
  image: 'past image',
  examples: [
    { what: 'take the last update back', line: 'rollback deployment/web' },
    { what: 'go back to an image of the history', line: 'rollback deployment/web 1.2.2' },
  ],
  flags: [],
  single: true,
  read: ([image, ...more]) => {
    if (more.length > 0) return 'name one image of the history';
    if (image !== undefined && !isTag(image) && !parseImageReference(`x:${image}`).ok) {
      return `${JSON.stringify(image)} is neither a tag nor TAG@DIGEST`;
    }
    return goingBack(image);
  },
};

function goingBack(wanted: string | undefined): Wish {
  return {
    text: 'rollback',
    edit: (image, seen) => {
      const target = wanted ?? imageBefore(seen);
      if (target !== undefined) return change(image, target);
      return { kind: 'refused', message: nothingBefore(seen) };
    },
    answer: ({ spec: { rollbackTo }, status }, before) => {
      if (!status || rollbackTo === undefined) return undefined;
      if (status.rolledBackTo === rollbackTo) {
        const isWritten = status.history[0]?.at !== before.status?.history[0]?.at;
        return { well: true, text: `${isWritten ? 'going back to' : 'nothing to do for'} ${rollbackTo}` };
      }
      const isHindered = hindered.includes(status.state);
      return isHindered
        ? { well: false, text: `asked to go back to ${rollbackTo}, which is not done` }
        : undefined;
    },
  };
}

/** What keeps a rollback from being done, and is worth telling who waits for it. */
const hindered: readonly State[] = ['Held', 'Deferred', 'Error'];

/** Where the same was asked before and done, only a new value is heard. */
function change({ spec, status }: TrackedImage, rollbackTo: string): Edit {
  if (spec.rollbackTo !== rollbackTo) return { kind: 'write', spec: { rollbackTo } };
  return status?.rolledBackTo === rollbackTo
    ? { kind: 'clear', spec: { rollbackTo: null } }
    : { kind: 'none' };
}

/** What stood there before the update that stands there now. */
function imageBefore({ status }: TrackedImage): string | undefined {
  const last = lastOf(status);
  return last && nameBefore(last);
}

function lastOf(status: TrackedImage['status']): HistoryEntry | undefined {
  return status?.history.find(({ to, outcome }) => to === status.image && outcome !== 'RolledBack');
}

function nothingBefore({ status }: TrackedImage): string {
  return lastOf(status) === undefined
    ? 'there is no update to take back; see plimsoll history'
    : 'nobody knows which image ran before the last restart; name one as TAG or TAG@DIGEST';
}

/** Of a restart the tag alone names what stands there now. */
function nameBefore({ from, to, fromDigest }: HistoryEntry): string | undefined {
  const parsed = parseImageReference(from);
  if (!parsed.ok || (from === to && fromDigest === undefined)) return undefined;
  const { tag = 'latest', digest = fromDigest } = parsed.value;
  return digest === undefined ? tag : `${tag}@${digest}`;
}
