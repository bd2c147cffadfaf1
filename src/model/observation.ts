import type { Problem } from './result.ts';

/** An operating system and architecture as an image index names it. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What a tag means: the registry's digest and the media type behind it. */
export interface TagDigest {
  readonly digest: string;
  readonly mediaType: string;
}

/** An image index's child, or a single manifest (then `digest` is its own). */
export interface PlatformManifest {
  readonly digest: string;
  /** Undefined for a single manifest, whose platform stands in its configuration. */
  readonly platform: Platform | undefined;
}

/** A tag list; `partial` when a limit cut it short. */
export interface TagList {
  readonly tags: readonly string[];
  readonly partial: boolean;
}

/** What is known of one repository through one credential. Fields are last known good values. */
export interface RepositoryObservation {
  /** The last tag list, or undefined before the first one. */
  readonly tags: TagList | undefined;
  /** What tags meant when last looked at. A tag that the registry answered not to have maps to `missing`. */
  readonly digests: ReadonlyMap<string, TagDigest | 'missing'>;
  /** Platform manifests of digests; immutable, so kept for good. `missing`: gone from the registry. */
  readonly manifests: ReadonlyMap<string, readonly PlatformManifest[] | 'missing'>;
  /** Why the last look failed, with the time of the next one; undefined when it succeeded. */
  readonly problem: (Problem & { readonly until: number | undefined }) | undefined;
}

/** What a decision would need to know of a repository. */
export type RegistryNeed =
  | { readonly kind: 'tags' }
  | { readonly kind: 'digest'; readonly tag: string }
  | { readonly kind: 'manifests'; readonly digest: string };
