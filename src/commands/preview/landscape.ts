import type { PolicySources } from '../../controllers/policies/policy-sources.ts';
import type { PullCredentials } from '../../controllers/repositories/pull-credentials.ts';
import type { RunningImages } from '../../controllers/pods/running-images.ts';
import type { RegistryCredential } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { ContainerRef, Workload } from '../../model/workload.ts';
import type { CredentialNeed } from '../../registry/registries.ts';

/** Credentials that the registries file holds for a repository. */
export type ConfiguredCredentials = (need: CredentialNeed) => readonly RegistryCredential[];

/** What a preview looks at: the workloads, and everything around them that decides what becomes of them. */
export interface Landscape {
  readonly workloads: readonly Workload[];
  readonly sources: Pick<PolicySources, 'around'>;
  readonly trackedOf: (ref: ContainerRef) => TrackedImage | undefined;
  /** What is remembered of the containers of a namespace. */
  readonly trackedIn: (namespace: string) => readonly TrackedImage[];
  readonly credentials: Pick<PullCredentials, 'resolve'>;
  /** Asks the pods of a workload what they run; undefined where there is no cluster. */
  readonly running: ((workload: Workload, signal: AbortSignal) => Promise<RunningImages>) | undefined;
  /** What could not be looked at, for people. */
  readonly warnings: readonly string[];
}
