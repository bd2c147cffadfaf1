/** What a tracked container is doing, as `status.state` of its TrackedImage says it. */
export const states = [
  'UpToDate',
  'UpdateAvailable',
  'Held',
  'Updating',
  'RolledBack',
  'Deferred',
  'Error',
] as const;

/** One of {@link states}. */
export type State = (typeof states)[number];

interface ReasonEntry {
  /** The state that a container with this reason is in. */
  readonly state: State;
  /** One sentence: what it means. The documentation holds it word for word. */
  readonly meaning: string;
}

/**
 * The one catalogue of reasons: status, events, metrics, logs, command line and documentation use these words
 * and no others. Each has an entry in `docs/reference/reasons.md`, which a test holds to this list.
 */
export const reasons = {
  UpToDate: { state: 'UpToDate', meaning: 'The newest image that the policy allows is running.' },
  NoCompatibleTag: {
    state: 'UpToDate',
    meaning: 'The repository has other tags, but none that may replace the current one under the policy.',
  },
  OutsidePolicy: {
    state: 'UpToDate',
    meaning: 'The present tag lies outside of what the policy allows, and nothing newer lies within.',
  },
  UpdateAvailable: { state: 'UpdateAvailable', meaning: 'A newer image is chosen and about to be applied.' },
  Observing: {
    state: 'UpToDate',
    meaning: 'Something that the decision needs is being looked up; nothing is changed until it is known.',
  },
  RollingOut: { state: 'Updating', meaning: 'An update was applied and its rollout is being watched.' },
  RolloutFailed: {
    state: 'Error',
    meaning: 'The last update was applied and its rollout did not become available in time.',
  },
  AppliedPendingRestart: {
    state: 'Held',
    meaning:
      'The update is written, and pods take it only when a person deletes them or lowers the partition.',
  },
  RolledBack: {
    state: 'RolledBack',
    meaning: 'The last update failed and what stood there before was put back; nothing else is chosen yet.',
  },
  TooManyRollbacks: {
    state: 'Held',
    meaning: 'Three updates of the namespace failed within a day, so none is begun there.',
  },
  RolloutInProgress: {
    state: 'Held',
    meaning: 'A rollout of this workload, or as many rollouts as are allowed at once, must end first.',
  },
  OutsideWindow: { state: 'Held', meaning: 'The update waits for its maintenance window.' },
  TooYoung: { state: 'Held', meaning: 'Every candidate has been seen for less than the minimum age.' },
  AwaitingApproval: { state: 'Held', meaning: 'The update waits for a person to approve it.' },
  NotifyOnly: { state: 'Held', meaning: 'The mode is notify: the update is told and never applied.' },
  ReadOnly: {
    state: 'Held',
    meaning: 'The controller runs with --read-only: it decides and changes nothing.',
  },
  Suspended: { state: 'Held', meaning: 'The workload is suspended by annotation.' },
  WorkloadPaused: {
    state: 'Held',
    meaning: 'The workload itself is paused, so an update would not roll out.',
  },
  ManagedElsewhere: {
    state: 'Held',
    meaning: 'Another tool owns the workload and would put the old image back.',
  },
  Reverted: { state: 'Held', meaning: 'Another tool put the previous image back twice within an hour.' },
  ForeignChange: { state: 'Held', meaning: 'A person changed the image after us; what they chose stays.' },
  Rejected: { state: 'Held', meaning: 'The candidate failed before and has not changed since.' },
  Skipped: { state: 'Held', meaning: 'A person asked for the candidate to be skipped.' },
  PersonalHold: { state: 'Held', meaning: 'A person holds this container.' },
  PlatformMissing: { state: 'Held', meaning: 'Every candidate lacks a platform that the nodes need.' },
  Retagged: {
    state: 'Held',
    meaning: 'A tag that is not to be followed means another image than the one that runs; it stays.',
  },
  TagMissing: {
    state: 'Held',
    meaning: 'The tag that runs, or every candidate, is not in the repository; nothing moves.',
  },
  NotInHistory: {
    state: 'Error',
    meaning: 'A person asks to go back to an image that the history of the container does not hold.',
  },
  NoTimes: {
    state: 'Held',
    meaning: 'The policy goes by time, and there is no time that it may go by.',
  },
  NoTag: { state: 'Held', meaning: 'The image is named by digest only, so there is no tag to follow.' },
  RateLimited: { state: 'Deferred', meaning: 'The registry asked us to wait.' },
  Unauthorized: { state: 'Error', meaning: 'The registry accepts none of the credentials that apply.' },
  Forbidden: { state: 'Error', meaning: 'The registry knows the credential and refuses access.' },
  RepositoryNotFound: { state: 'Error', meaning: 'The registry does not have the repository, or hides it.' },
  Unavailable: { state: 'Error', meaning: 'The registry cannot be reached or answers with an error.' },
  TLSUntrusted: { state: 'Error', meaning: 'The certificate of the registry is not trusted.' },
  NotARegistry: { state: 'Error', meaning: 'The host answered, but not as a registry.' },
  UnsafeRealm: {
    state: 'Error',
    meaning: 'The registry sends clients to a token server, link or redirect that is not safe to follow.',
  },
  DigestMismatch: { state: 'Error', meaning: 'The registry sent content that does not match its digest.' },
  LimitExceeded: { state: 'Error', meaning: 'An answer of the registry is larger than any honest one.' },
  UnsupportedManifest: { state: 'Error', meaning: 'The tag names something that is not a container image.' },
  InvalidPolicy: {
    state: 'Error',
    meaning: 'An annotation cannot be understood; the workload is left alone.',
  },
  PolicyInForce: { state: 'UpToDate', meaning: 'The policy is understood and in force.' },
  InvalidImage: { state: 'Error', meaning: 'The image reference in the pod template is not valid.' },
  SecretUnreadable: { state: 'Error', meaning: 'A pull secret is missing, malformed or may not be read.' },
  WriteDenied: { state: 'Error', meaning: 'The API server refused the update.' },
  BaselineUnhealthy: { state: 'Updating', meaning: 'The workload was unhealthy before the update.' },
  NotTracked: {
    state: 'UpToDate',
    meaning: 'The container is no longer tracked; this memory is kept for a day.',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

/** A CamelCase reason of the catalogue. */
export type Reason = keyof typeof reasons;

/** The state that goes with a reason. */
export function stateOf(reason: Reason): State {
  return reasons[reason].state;
}

/** Whether a text is a reason of the catalogue. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}
