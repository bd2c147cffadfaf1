import { at, listAt, textAt } from '../model/json.ts';
import {
  type Approval,
  type PendingCandidate,
  pendingLimit,
  type TrackedImageStatus,
} from '../model/tracked-image.ts';

/** What the status of a TrackedImage says of the wishes of people, and of candidates that wait. */
type Handles = Pick<TrackedImageStatus, 'opensAt' | 'pending' | 'approval' | 'rolledBackTo'>;

/** Reads it; what cannot be read is left out, so that a candidate waits anew and an approval is understood anew. */
export function handlesOf(status: unknown): Handles {
  const pending = listAt(status, 'pending')
    .map(pendingOf)
    .filter((candidate) => candidate !== undefined)
    .slice(0, pendingLimit);
  return {
    opensAt: textAt(status, 'opensAt'),
    pending: pending.length > 0 ? pending : undefined,
    approval: approvalOf(at(status, 'approval')),
    rolledBackTo: textAt(status, 'rolledBackTo'),
  };
}

function pendingOf(entry: unknown): PendingCandidate | undefined {
  const [tag, digest, firstSeen] = ['tag', 'digest', 'firstSeen'].map((field) => textAt(entry, field));
  if (tag === undefined || digest === undefined || firstSeen === undefined) return undefined;
  return Number.isNaN(Date.parse(firstSeen)) ? undefined : { tag, digest, firstSeen };
}

function approvalOf(entry: unknown): Approval | undefined {
  const asked = textAt(entry, 'asked');
  return asked === undefined ? undefined : { asked, image: textAt(entry, 'image') };
}
