import type { Condition, ContainerRef } from './workload.ts';
import type { Reason, State } from './reasons.ts';

/** How an update that we wrote ended, or `InProgress` while its rollout is followed. */
export type RolloutOutcome = 'InProgress' | 'Verified' | 'Failed' | 'Superseded' | 'Unverified';

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
}

/** What people ask of one container; the controller never writes it. */
export interface TrackedImageSpec {
  readonly hold: boolean;
  /** RFC 3339; a new value asks for a look now. */
  readonly checkAt: string | undefined;
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
  /** Newest first, at most ten. */
  readonly history: readonly HistoryEntry[];
  readonly observedGeneration: number;
  /** The `spec.checkAt` that was last obeyed. */
  readonly checkedAt: string | undefined;
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
