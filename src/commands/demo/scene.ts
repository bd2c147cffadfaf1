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
  /** Tags that are not proposed again. */
  readonly rejected: readonly string[];
}

/** One scene of the tour: something happens in the registry or is done by people, and a workload answers. */
export interface Scene {
  readonly title: string;
  readonly workload: string;
  /** It takes its time: it begins when the shop opens, goes on beside the others, and is told in its turn. */
  readonly early?: boolean;
  /** What happens; returns the digest that was pushed last, where one was. */
  readonly happens: (stage: Stage) => Promise<string | undefined>;
  /** What must become true of the workload, in words for people. */
  readonly expected: string;
  /** Whether it is true; `pushed` is what `happens` returned. */
  readonly holds: (now: WorkloadSight, pushed: string | undefined, before: WorkloadSight) => boolean;
}

/** What a scene may do, and see of its workload. */
export interface Stage {
  /** Waits until the workload looks so, and has that told; rejects where it does not in time. */
  readonly until: (looks: (now: WorkloadSight) => boolean) => Promise<void>;
  readonly now: () => WorkloadSight;
  /** A person goes back to the revision before, applies the first manifest again, or approves what waits. */
  readonly person: Readonly<Record<'undoes' | 'applies' | 'approves', () => Promise<void>>>;
  /** Pushes an image and returns its digest. */
  readonly push: (repository: string, tag: string, content: string) => Promise<string>;
  readonly deleteTag: (repository: string, tag: string) => void;
}
