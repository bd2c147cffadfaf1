import { helmRelease } from '../../decide/managed-elsewhere.ts';
import { apiVersionOf } from '../../kube/resources.ts';
import { kinds } from '../../kube/kinds.ts';
import type { Change } from '../../model/decision.ts';
import type { EventNote, EventSink, Logger, Metrics, UpdateOutcome } from '../../model/ports.ts';
import type { Problem } from '../../model/result.ts';
import type { HistoryEntry, TrackedImageStatus } from '../../model/tracked-image.ts';
import { workloadKey, type Workload } from '../../model/workload.ts';
import { lastUpdateKey, readUpdateRecords } from '../../rollout/update-record.ts';
import type { Caveat } from '../memory/caveats.ts';

/** Tells people what changed, in events, log and counters; what did not change is not told again. */
export class UpdateTeller {
  readonly #events: EventSink;
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(options: { readonly events: EventSink; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#events = options.events;
    this.#logger = options.logger;
    this.#metrics = options.metrics;
  }

  /** A container's state, reason or candidate is another than before. */
  decided(
    workload: Workload,
    container: string,
    before: TrackedImageStatus | undefined,
    now: TrackedImageStatus,
  ): void {
    const same =
      before?.state === now.state &&
      before.reason === now.reason &&
      before.candidate === now.candidate &&
      before.image === now.image;
    if (same) return;
    const { state, reason, message, image, latest, candidate } = now;
    this.#metrics.decision(state, reason);
    const fields = {
      workload: workloadKey(workload.ref),
      container,
      image,
      latest,
      candidate,
      state,
      reason,
    };
    if (state === 'Error') this.#logger.warn(fields, message);
    else this.#logger.info(fields, message);
    this.#emitDecided(workload, container, now);
  }

  #emitDecided(
    workload: Workload,
    container: string,
    { state, reason, message, candidate }: TrackedImageStatus,
  ): void {
    // A failed rollout is an event of its own, see `ended`.
    if (reason !== 'RolloutFailed' && (state === 'Error' || state === 'Deferred')) {
      const action = reason === 'WriteDenied' ? 'Update' : 'Look';
      this.#emit(workload, { type: 'Warning', reason, action }, `${container}: ${message}`);
    }
    if (reason === 'OutsidePolicy') {
      this.#emit(workload, { type: 'Normal', reason, action: 'Decide' }, `${container}: ${message}`);
    }
    if (state === 'Held' && candidate !== undefined) {
      this.#emit(
        workload,
        { type: reason === 'Retagged' ? 'Warning' : 'Normal', reason: 'UpdateHeld', action: 'Decide' },
        `${container}: ${reason}: ${message}`,
      );
    }
  }

  /**
   * Something is to be said of a container that was not said before. A list that was cut short and a registry that does not
   * answer are told by the decision that follows from them; what a policy gives cause for is in the log alone.
   */
  warned(workload: Workload, container: string, caveats: readonly Caveat[]): void {
    for (const { type, reason, message } of caveats) {
      if (type === 'Partial' || type === 'Stale') continue;
      this.#logger.warn({ workload: workloadKey(workload.ref), container, reason }, message);
      if (type === 'PolicyWarning') continue;
      this.#emit(workload, { type: 'Warning', reason: type, action: 'Look' }, `${container}: ${message}`);
    }
  }

  /** A policy stands where it cannot be obeyed. */
  misplaced(workload: Workload, { reason, message }: Problem): void {
    this.#logger.warn({ workload: workloadKey(workload.ref), reason }, message);
    this.#emit(workload, { type: 'Warning', reason, action: 'Look' }, message);
  }

  /** An update was written; people are told of it when it is remembered, see {@link UpdateTeller.remembered}. */
  applied(workload: Workload, changes: readonly Change[]): void {
    this.#metrics.update(workload.ref.namespace, 'applied');
    for (const { container, to, how, digest } of changes) {
      const fields = {
        workload: workloadKey(workload.ref),
        container: container.name,
        from: container.image,
        to,
        digest,
        how,
      };
      this.#logger.info(fields, 'update applied');
    }
  }

  /**
   * An update stands in the history of a container for the first time: right after it was written or, where the controller
   * died in between, when the next one has found it on the workload, where the annotation says by which policy.
   */
  remembered(workload: Workload, container: string, { from, to, digest, at }: HistoryEntry): void {
    const records = readUpdateRecords(workload.annotations[lastUpdateKey]);
    const record = records.find((one) => one.container === container && one.at === at);
    const why = record === undefined ? '' : ` (policy ${record.policy})`;
    const release = helmRelease(workload);
    const helm = release === undefined ? '' : `; the next upgrade of the Helm release ${release} undoes it`;
    const what = from === to ? `restarted for ${digest ?? to}` : `${from} -> ${to}`;
    this.#emit(
      workload,
      { type: 'Normal', reason: 'UpdateApplied', action: 'Update' },
      `${container}: ${what}${why}${helm}`,
    );
  }

  /** The API server refused an update; the decision that follows from it tells people. */
  denied(workload: Workload): void {
    this.#metrics.update(workload.ref.namespace, 'denied');
  }

  /** Nobody knows whether an update was written. */
  failed(workload: Workload): void {
    this.#metrics.update(workload.ref.namespace, 'failed');
  }

  /** Somebody was faster: the update is decided again on what stands there now. */
  lost(workload: Workload): void {
    this.#metrics.update(workload.ref.namespace, 'conflict');
    this.#logger.info(
      { workload: workloadKey(workload.ref) },
      'the workload changed meanwhile; deciding again',
    );
  }

  /** A rollout that we began has ended. */
  ended(workload: Workload, container: string, entry: HistoryEntry, message: string): void {
    const { outcome, to, seconds = 0 } = entry;
    this.#metrics.rollout(workload.ref.namespace, outcome, workload.ref.kind, seconds);
    this.#logger.info(
      { workload: workloadKey(workload.ref), container, image: to, outcome, seconds },
      `rollout ended: ${message}`,
    );
    const type = outcome === 'Failed' ? 'Warning' : 'Normal';
    this.#emit(
      workload,
      {
        type,
        reason: outcome === 'AppliedPendingRestart' ? outcome : `Rollout${outcome}`,
        action: 'Rollout',
      },
      `${container}: ${to}: ${message}`,
    );
  }

  /** A failed update was put back. */
  undone(
    workload: Workload,
    container: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): void {
    const fields = { workload: workloadKey(workload.ref), container, from, to };
    this.#logger.warn(fields, 'the update failed and was put back');
    const what = { type: 'Warning', reason: 'RolledBack', action: 'Undo' } as const;
    this.#emit(workload, what, `${container}: ${from} failed and ${to} was put back`);
  }

  /** A pod that kept an update which was put back was deleted. */
  released(workload: Workload, pod: string): void {
    const message = `pod ${pod} was deleted, because it kept the image that was put back`;
    this.#logger.info({ workload: workloadKey(workload.ref), pod }, message);
    this.#emit(workload, { type: 'Normal', reason: 'StuckPodDeleted', action: 'Undo' }, message);
  }

  /** What became of writing an undo. */
  undo(workload: Workload, outcome: UpdateOutcome): void {
    this.#metrics.rollback(workload.ref.namespace, outcome);
  }

  /** Somebody else replaced the image of our last update. */
  foreign(
    workload: Workload,
    container: string,
    reason: 'ForeignChange' | 'Reverted',
    message: string,
  ): void {
    this.#logger.info({ workload: workloadKey(workload.ref), container, reason }, message);
    const type = reason === 'Reverted' ? 'Warning' : 'Normal';
    this.#emit(workload, { type, reason, action: 'Decide' }, `${container}: ${message}`);
  }

  #emit(workload: Workload, what: Pick<EventNote, 'type' | 'reason' | 'action'>, note: string): void {
    const { ref, uid, resourceVersion } = workload;
    const apiVersion = apiVersionOf(kinds[ref.kind].resource);
    this.#events.emit({
      regarding: { apiVersion, ...ref, uid, resourceVersion },
      ...what,
      note,
    });
  }
}
