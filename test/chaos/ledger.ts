import { type JsonObject, textAt } from '../../src/model/json.ts';
import { readUpdateRecords, type UpdateRecord } from '../../src/rollout/update-record.ts';
import { isOlder, mayMove, movingTag, tagOf } from './oracle.ts';
import { type Sight, sightOf } from './sight.ts';

/** Something that must never happen, and happened. */
export interface Violation {
  readonly invariant: string;
  readonly workload: string;
  readonly what: string;
}

/** What is known of one workload from its first version on. */
interface Entry {
  readonly sight: Sight;
  /** Our update that stands in the template and may be undone. */
  readonly ours: UpdateRecord | undefined;
  /** Digests that failed here, or that a person took away. */
  readonly rejected: ReadonlySet<string>;
  /** The digest that a person took away by the last change of the image. */
  readonly takenAway: string | undefined;
  /** Whether the image that stands there was written by the controller. */
  readonly byUs: boolean;
}

/**
 * Reads every version of every workload as it is written, and says where the controller broke a promise. It trusts only
 * what stands in the objects: what the controller writes names itself in `last-update`, what others write in their mark.
 */
export class Ledger {
  readonly #isPushed: (image: string, digest: string) => boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #violations: Violation[] = [];
  #updates = 0;
  #undos = 0;

  /** @param isPushed whether an image of this digest was ever pushed to the repository of a reference */
  constructor(isPushed: (image: string, digest: string) => boolean) {
    this.#isPushed = isPushed;
  }

  /** What was broken so far, in the order in which it was seen. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Updates and undos that the controller wrote. */
  get counts(): { readonly updates: number; readonly undos: number } {
    return { updates: this.#updates, undos: this.#undos };
  }

  /** Takes one version of a workload into account. */
  see(object: JsonObject): void {
    const sight = sightOf(object);
    const before = this.#entries.get(sight.uid);
    if (!before) {
      const nothing = { ours: undefined, rejected: new Set<string>(), takenAway: undefined, byUs: false };
      this.#entries.set(sight.uid, { sight, ...nothing });
      return;
    }
    const [record] = sight.lastUpdate === before.sight.lastUpdate ? [] : readUpdateRecords(sight.lastUpdate);
    if (record) this.#written(before, sight, record);
    else this.#entries.set(sight.uid, afterOthers(before, sight));
  }

  /** The digests that may not run in a workload: what was rejected, unless somebody else wrote what stands there. */
  outlawed(uid: string): ReadonlySet<string> {
    const entry = this.#entries.get(uid);
    return entry?.byUs ? entry.rejected : new Set();
  }

  forget(object: JsonObject): void {
    this.#entries.delete(textAt(object, 'metadata', 'uid') ?? '');
  }

  /** A person lets everything be tried again. */
  forgive(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) this.#entries.set(uid, { ...entry, rejected: new Set(), takenAway: undefined });
  }

  #written(before: Entry, sight: Sight, record: UpdateRecord): void {
    const breach = (invariant: string, what: string) =>
      this.#violations.push({ invariant, workload: sight.name, what });
    const moved = `${before.sight.image} -> ${sight.image} (${sight.lastUpdate})`;
    if (record.from !== before.sight.image) breach('compare-and-swap', `decided on another image: ${moved}`);
    if (sight.rest !== before.sight.rest) breach('images only', `something else changed with ${moved}`);
    const image = changedImage(before.sight, sight, record);
    if (image !== undefined) breach('images only', image);
    this.#entries.set(
      sight.uid,
      record.undo ? this.#undone(before, sight, breach) : this.#updated(before, sight, record, breach),
    );
  }

  #updated(before: Entry, sight: Sight, record: UpdateRecord, breach: Breach): Entry {
    this.#updates++;
    const { policy, suspended, paused, image } = before.sight;
    const [from, to] = [tagOf(image), tagOf(sight.image)];
    const allowed = policy === 'digest' ? from === to && from === movingTag : mayMove(policy, from, to);
    if (!allowed) breach('policy', `${policy} does not allow ${image} -> ${sight.image}`);
    if (suspended) breach('people win', `${sight.image} was written although the workload is suspended`);
    if (paused) breach('people win', `${sight.image} was written although the workload is paused`);
    if (before.rejected.has(record.digest ?? '')) {
      breach('rejected', `${sight.image} (${record.digest}) was tried again`);
    }
    if (record.digest !== undefined && !this.#isPushed(record.to, record.digest)) {
      breach('true images', `${sight.image} was written for ${record.digest}, which nobody pushed`);
    }
    return { ...before, sight, ours: record, takenAway: undefined, byUs: true };
  }

  #undone(before: Entry, sight: Sight, breach: Breach): Entry {
    this.#undos++;
    const { ours } = before;
    if (!ours) {
      breach('people win', `${before.sight.image} was undone, which is no update of ours`);
      return { ...before, sight, byUs: true };
    }
    if (tagOf(ours.from) !== tagOf(sight.image)) {
      breach('never a third', `${ours.from} was before ${ours.to}, and ${sight.image} was put back`);
    }
    const rejected = ours.digest === undefined ? before.rejected : new Set([...before.rejected, ours.digest]);
    return { sight, ours: undefined, rejected, takenAway: undefined, byUs: true };
  }
}

type Breach = (invariant: string, what: string) => void;

/** A restart leaves the image as it is; everything else brings what the record says. */
function changedImage(before: Sight, after: Sight, { to }: UpdateRecord): string | undefined {
  if (after.image !== to) return `the record says ${to}, and ${after.image} stands there`;
  return after.image === before.image && after.restartedAt === before.restartedAt
    ? `${to} was recorded, and nothing was changed`
    : undefined;
}

/** A version that somebody else wrote, or that only reports. */
function afterOthers(before: Entry, sight: Sight): Entry {
  const { ours, rejected, takenAway } = before;
  if (sight.image === before.sight.image) return { ...before, sight };
  const byPerson = sight.writer === 'kubectl-set';
  const older = ours && (sight.image === ours.from || isOlder(tagOf(sight.image), tagOf(ours.to)));
  if (byPerson && older && ours?.digest !== undefined) {
    const { digest } = ours;
    return {
      sight,
      ours: undefined,
      rejected: new Set([...rejected, digest]),
      takenAway: digest,
      byUs: false,
    };
  }
  // Another hand was faster than the controller could look, and what it sees is that hand's work.
  const kept = new Set([...rejected].filter((digest) => digest !== takenAway));
  return { sight, ours: undefined, rejected: kept, takenAway: undefined, byUs: false };
}
