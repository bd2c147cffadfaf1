import type { Reason, State } from '../../model/reasons.ts';
import type { HistoryEntry, Rejection, Revert, TrackedImage } from '../../model/tracked-image.ts';
import type { WorkloadRef } from '../../model/workload.ts';

/** One container as its TrackedImage tells of it, for programs. Fields keep their order; what is unknown is null. */
export interface TrackedReport {
  readonly workload: Pick<WorkloadRef, 'kind' | 'namespace' | 'name'>;
  readonly container: string;
  /** The name of the TrackedImage. */
  readonly trackedImage: string;
  /** Null, as the fields up to `running`, where the controller has not told anything yet. */
  readonly image: string | null;
  readonly state: State | null;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly latest: string | null;
  readonly candidate: string | null;
  /** When what is held opens by itself. */
  readonly opensAt: string | null;
  readonly running: readonly string[];
  /** What people ask for: the fields of `spec`. */
  readonly asked: {
    readonly hold: boolean;
    readonly approve: string | null;
    readonly skip: readonly string[];
    readonly rollbackTo: string | null;
  };
  readonly rejected: readonly Rejection[];
  readonly reverts: readonly Revert[];
  readonly lastUpdate: UpdateReport | null;
}

/** One update that was written, for programs. */
export interface UpdateReport {
  readonly from: string;
  readonly to: string;
  readonly digest: string | null;
  readonly at: string;
  readonly outcome: HistoryEntry['outcome'];
  /** From the write to the outcome; null while it is open. */
  readonly seconds: number | null;
}

/** Reports one TrackedImage. */
export function reportTracked({ ref, name, spec, status }: TrackedImage): TrackedReport {
  const { kind, namespace, name: workload } = ref.workload;
  const { hold, approve = null, skip, rollbackTo = null } = spec;
  return {
    workload: { kind, namespace, name: workload },
    container: ref.container,
    trackedImage: name,
    ...verdictOf(status),
    running: status?.running ?? [],
    asked: { hold, approve, skip, rollbackTo },
    ...memoryOf(status),
  };
}

function verdictOf(status: TrackedImage['status']) {
  if (!status) {
    const untold = { image: null, state: null, reason: null, message: null };
    return { ...untold, latest: null, candidate: null, opensAt: null };
  }
  const { image, state, reason, message, latest = null, candidate = null, opensAt = null } = status;
  return { image, state, reason, message, latest, candidate, opensAt };
}

function memoryOf(status: TrackedImage['status']) {
  const { rejected = [], reverts = [], history: [last] = [] } = status ?? {};
  return { rejected, reverts, lastUpdate: last ? reportUpdate(last) : null };
}

/** Reports one update of a history. */
export function reportUpdate({ from, to, digest, at, outcome, seconds }: HistoryEntry): UpdateReport {
  return { from, to, digest: digest ?? null, at, outcome, seconds: seconds ?? null };
}
