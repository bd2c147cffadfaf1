import type { PlatformManifest, RefusedCredentials, TagDigest, TagList } from './observation.ts';
import type { Reason } from './reasons.ts';
import type { Secret } from './secret.ts';

/** Time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only ever rise, for measuring. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `milliseconds` unless cancelled; holds no process open. */
  schedule(milliseconds: number, callback: () => void): { cancel(): void };
}

/** Structured log with fields; never given a secret. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A user name and password, or a token that stands for both. */
export interface RegistryCredential {
  readonly username: string;
  readonly password: Secret;
  /**
   * What `password` is: a password where left out; `identity-token`, which token servers exchange by OAuth 2; or
   * `registry-token`, a bearer token that is ready for use.
   */
  readonly kind?: 'password' | 'identity-token' | 'registry-token';
  /** The host that it goes to instead of the registry's: a mirror's. */
  readonly host?: string;
  /** Where it was found, for people: `secret shop/regcred`. */
  readonly source: string;
}

/** A repository and the credentials to try on it, in order; anonymous access comes last. */
export interface RepositoryAccess {
  /** Canonical host, with port where given. */
  readonly registry: string;
  /** Repository path within the registry. */
  readonly path: string;
  readonly credentials: readonly RegistryCredential[];
}

/** Read access to registries. Every method that asks one fails with a `RegistryError` of `registry/errors.ts`. */
export interface RegistryReader {
  /**
   * All tags, following pages; illegal tags are dropped. `wish.times` asks for push times too, which costs one or two requests
   * more at some registries, and is not possible at others.
   */
  listTags(
    access: RepositoryAccess,
    signal: AbortSignal,
    wish?: { readonly times: boolean },
  ): Promise<TagList>;
  /** The digest of a tag (a `HEAD` where the registry allows it), or `missing`. */
  resolveTag(access: RepositoryAccess, tag: string, signal: AbortSignal): Promise<TagDigest | 'missing'>;
  /** The platform manifests behind a digest, or `missing`. Verified against the digest. */
  readManifests(
    access: RepositoryAccess,
    digest: string,
    signal: AbortSignal,
  ): Promise<readonly PlatformManifest[] | 'missing'>;
  /** The credentials of an access that were refused within the last hour while another one, or none, worked. Asks nobody. */
  refused(access: RepositoryAccess): RefusedCredentials | undefined;
}

/** A Kubernetes Event to tell, on change only. */
export interface EventNote {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion?: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** A CamelCase word: a reason of the catalogue, or what happened (`UpdateApplied`). */
  readonly reason: string;
  /** What was being done, CamelCase: `Update`, `Look`. */
  readonly action: string;
  /** At most 1024 characters are kept. */
  readonly note: string;
}

/** Takes events; never blocks and never fails the caller. */
export interface EventSink {
  emit(event: EventNote): void;
}

/** What an update came to. */
export type UpdateOutcome = 'applied' | 'conflict' | 'denied' | 'failed';

/** What is counted. Implemented in `observe/metrics.ts`. */
export interface Metrics {
  registryRequest(registry: string, operation: string, code: string, seconds: number): void;
  /** What a registry said of the caller's budget of requests. */
  registryQuota(registry: string, limit: number, remaining: number): void;
  /** A registry asked not to be asked before a time, in milliseconds since the epoch. */
  registryPause(registry: string, until: number): void;
  /** A request waited for its turn for that many seconds. */
  registryThrottled(registry: string, seconds: number): void;
  /** A registry warned of something that it did not warn of before. */
  registryWarning(registry: string): void;
  repositoryScan(outcome: 'success' | Reason): void;
  /** A list held that many tags. */
  tagsListed(count: number): void;
  kubeRequest(method: string, code: string): void;
  decision(state: string, reason: Reason): void;
  update(namespace: string, outcome: UpdateOutcome): void;
  /** What became of writing an undo. */
  rollback(namespace: string, outcome: UpdateOutcome): void;
  rollout(namespace: string, outcome: string, kind: string, seconds: number): void;
  event(outcome: 'sent' | 'dropped'): void;
  /** A watch ended, or a list failed. */
  informerRestart(resource: string, cause: string): void;
  queue(name: string, fact: QueueFact): void;
  leading(leading: boolean): void;
  /** A timer came that many seconds late. */
  eventLoopLag(seconds: number): void;
}

/** What a work queue tells of itself. */
export type QueueFact =
  /** Told once; `underWay` answers at any time for how many seconds each key has been worked on. */
  | { readonly kind: 'created'; readonly underWay: () => readonly number[] }
  | { readonly kind: 'depth'; readonly depth: number }
  | { readonly kind: 'added' }
  | { readonly kind: 'retried' }
  | { readonly kind: 'worked'; readonly waitedSeconds: number; readonly workedSeconds: number };
