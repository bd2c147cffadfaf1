import type { Platform, RegistryNeed } from './observation.ts';
import type { Reason } from './reasons.ts';
import type { PendingCandidate } from './tracked-image.ts';
import type { Container } from './workload.ts';

/** One container's part of an update. */
export interface Change {
  readonly container: Container;
  /** The image to write; equal to the present one under `restart`. */
  readonly to: string;
  /** `image`: the reference is replaced; `restart`: the pod template is marked, as `kubectl rollout restart` does. */
  readonly how: 'image' | 'restart';
  /** The registry digest that is rolled out. */
  readonly digest: string;
  /** The policy in its author's words. */
  readonly policy: string;
  /** The registry digest of the present image, where it is known: what an undo may need. */
  readonly fromDigest?: string | undefined;
  /** Why it is held as the work of somebody who pushed a tag again that should not move; undefined where it is not. */
  readonly retagged?: string;
  /** The `spec.rollbackTo` by which a person asks for it; undefined where the policy chose it. */
  readonly rollbackTo?: string;
}

/** How a person lets through what is held: commands that are ready to be copied. */
export interface Remedy {
  /** By our plug-in of kubectl. */
  readonly command: string;
  /** The same where the plug-in is not installed. */
  readonly patch: string;
}

/** What was decided for one container, and what it rests on. */
export interface ContainerDecision {
  readonly container: Container;
  readonly reason: Reason;
  /** One sentence for people: what was decided and why. */
  readonly message: string;
  /** The newest compatible tag or digest, whatever the policy's level and the gates say. */
  readonly latest: string | undefined;
  /** What would be applied, where that is not what runs. */
  readonly candidate: string | undefined;
  /** The registry digest that the running image is now known to be. */
  readonly digest: string | undefined;
  /** Present when an update is chosen and every gate is open. */
  readonly change: Change | undefined;
  /** What must be looked up before more can be said, and what must be looked at again each time. */
  readonly needs: readonly RegistryNeed[];
  /** Whether its pods must be asked what they run, and on what. */
  readonly needsRunning: boolean;
  /** The platforms that its pods run on, where they are known. */
  readonly platforms?: readonly Platform[] | undefined;
  /** When the gate or filter that holds the update opens by itself, in milliseconds since the epoch; undefined where it does not. */
  readonly opensAt?: number | undefined;
  /** How a person opens the gate that holds the update. */
  readonly remedy?: Remedy | undefined;
  /** Candidates whose age is followed; undefined where nothing was learnt of them. */
  readonly pending?: readonly PendingCandidate[] | undefined;
  /** When the next of them becomes old enough, in milliseconds since the epoch; undefined where none waits. */
  readonly maturesAt?: number | undefined;
}
