import type { Condition, ContainerRef } from './workload.ts';
import type { Reason, State } from './reasons.ts';

/**
 * How an update that we wrote ended, or `InProgress` while its rollout is followed. `RolledBack`: it failed and what stood there
 * before was put back. `AppliedPendingRestart`: pods take it only
 * when somebody deletes them or lowers a partition. `Unverified`: nothing ran that could have shown whether it works, or what was
 * unavailable before the update as well keeps it from its end.
 */
export type RolloutOutcome =
  | 'InProgress'
  | 'Verified'
  | 'Failed'
  | 'RolledBack'
  | 'Superseded'
  | 'Unverified'
  | 'AppliedPendingRestart';

/** One update that we wrote. */
export interface HistoryEntry {
  readonly from: string;
  readonly to: string;
  /** The registry digest that was rolled out, where it was known. */
  readonly digest: string | undefined;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly outcome: RolloutOutcome;
  /** The workload generation that our patch returned. */
  readonly generation: number;
  /** Seconds from the write to the outcome. */
  readonly seconds: number | undefined;
  /** The registry digest of the image before, where it was known: what an undo pins where the tag alone would not do. */
  readonly fromDigest?: string | undefined;
  /** How many replicas were unavailable before the update, where any were; 1 or more. */
  readonly unavailableBefore?: number | undefined;
  /** True where no replica was available before the update, so that its rollout cannot be judged by its health. */
  readonly unhealthyBefore?: boolean | undefined;
  /** What the pod template said in the answer to our patch; absent where nobody lived to remember it. */
  readonly templateHash?: string | undefined;
}

/** A digest that is not proposed again for a container until its tag means something else or a person says `retry`. */
export interface Rejection {
  readonly digest: string;
  /** The tag that meant the digest when it was rejected. */
  readonly tag: string;
  /** `RolloutFailed`: its rollout failed. `ForeignChange`: a person put something older in its place. */
  readonly reason: 'RolloutFailed' | 'ForeignChange';
  /** Why, as one clause for people. */
  readonly message: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** An update of ours that another tool put back. */
export interface Revert {
  /** The field manager, as `metadata.managedFields` names it. */
  readonly manager: string;
  /** What it put there. */
  readonly image: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** A candidate, and since when we know of it. */
export interface PendingCandidate {
  readonly tag: string;
  /** What the tag meant; a tag that means something else has to wait anew. */
  readonly digest: string;
  /** RFC 3339, UTC: when we saw the tag mean the digest for the first time. */
  readonly firstSeen: string;
}

/** What a person approved, as it was understood when it was first seen. */
export interface Approval {
  /** The `spec.approve` that was read. */
  readonly asked: string;
  /** The one image that it approves, as `tag@digest`; undefined where it names no image, and so approves nothing. */
  readonly image: string | undefined;
}

/** What people ask of one container; the controller never writes it. */
export interface TrackedImageSpec {
  readonly hold: boolean;
  /** What may be applied under `mode: approve`: `tag@digest`, or a tag, which means what the status showed then. */
  readonly approve: string | undefined;
  /** RFC 3339; a new value asks for a look now. */
  readonly checkAt: string | undefined;
  /** Tags and digests, also as `tag@digest`, that are passed over. */
  readonly skip: readonly string[];
  /** RFC 3339; a new value forgets what was rejected or reverted. */
  readonly retry: string | undefined;
  /** An image of the history to go back to: `tag@digest`, or a tag. */
  readonly rollbackTo: string | undefined;
}

/** What the controller knows and remembers of one container. */
export interface TrackedImageStatus {
  readonly image: string;
  /** Digests that its pods reported when last asked. */
  readonly running: readonly string[];
  /** The newest tag or digest that would be compatible, whatever the gates say. */
  readonly latest: string | undefined;
  /** What the policy chooses now, where that is not what runs. */
  readonly candidate: string | undefined;
  readonly state: State;
  readonly reason: Reason;
  readonly message: string;
  /** The registry digest that the running image is known to be: adopted at first sight or rolled out by us. */
  readonly digest: string | undefined;
  /** The platforms that its pods ran on when last asked, as `linux/amd64`; absent where it was never asked. */
  readonly platforms?: readonly string[] | undefined;
  /** Newest first, at most ten. */
  readonly history: readonly HistoryEntry[];
  readonly observedGeneration: number;
  /** The `spec.checkAt` that was last obeyed. */
  readonly checkedAt: string | undefined;
  /** What is not proposed again, newest first, at most {@link rejectedLimit}. */
  readonly rejected: readonly Rejection[];
  /** When another tool put an update of ours back, newest first, at most {@link revertsLimit}. */
  readonly reverts: readonly Revert[];
  /** The `spec.retry` that was last obeyed. */
  readonly retriedAt: string | undefined;
  /** When the update that is held may be applied without anybody doing anything (RFC 3339, UTC), where that is known. */
  readonly opensAt?: string | undefined;
  /** Under `min-age`: candidates that wait or are about to be applied, at most {@link pendingLimit}. */
  readonly pending?: readonly PendingCandidate[] | undefined;
  /** The approval that is in force, and what it was understood to mean. */
  readonly approval?: Approval | undefined;
  /** The `spec.rollbackTo` that was last obeyed. */
  readonly rolledBackTo?: string | undefined;
}

/** The cached custom resource. */
export interface TrackedImage {
  readonly ref: ContainerRef;
  readonly name: string;
  readonly uid: string;
  /** The uid of the workload that its ownerReference names; another one's memory is not ours to use. */
  readonly ownerUid: string | undefined;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly spec: TrackedImageSpec;
  readonly status: TrackedImageStatus | undefined;
  readonly conditions: readonly (Condition & { readonly lastTransitionTime: string })[];
}

/** How many updates `status.history` remembers. */
export const historyLimit = 10;

/** How many candidates `status.pending` remembers. */
export const pendingLimit = 10;

/** How many platforms `status.platforms` remembers. */
export const platformsLimit = 16;

/** How many digests `status.rejected` remembers. */
export const rejectedLimit = 20;

/** How many reverts `status.reverts` remembers. */
export const revertsLimit = 5;
