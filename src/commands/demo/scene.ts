/** What a workload looks like at one moment. */
export interface WorkloadSight {
  readonly name: string;
  /** The reference in the pod template, without the registry's host. */
  readonly image: string;
  readonly latest: string;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  /** How the last update ended; empty before the first. */
  readonly outcome: string;
  /** Distinct digests that the ready pods report. */
  readonly running: readonly string[];
  /** `metadata.generation` of the Deployment: how often its spec was changed. */
  readonly generation: number;
}

/** One scene of the tour: something happens in the registry, and a workload answers. */
export interface Scene {
  readonly title: string;
  readonly workload: string;
  /** What happens; returns the digest that was pushed last, where one was. */
  readonly happens: (stage: Stage) => Promise<string | undefined>;
  /** What must become true of the workload, in words for people. */
  readonly expected: string;
  /** Whether it is true; `pushed` is what `happens` returned. */
  readonly holds: (now: WorkloadSight, pushed: string | undefined, before: WorkloadSight) => boolean;
}

/** What a scene may do. */
export interface Stage {
  /** Pushes an image and returns its digest. */
  readonly push: (repository: string, tag: string, content: string) => Promise<string>;
  readonly deleteTag: (repository: string, tag: string) => void;
}
