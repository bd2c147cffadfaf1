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

/** What is known of a tag: what it means, that the registry does not have it, or why it cannot be used. */
export type TagAnswer = TagDigest | 'missing' | { readonly unusable: Problem };

/** An image index's child, or a single manifest (then `digest` is its own). */
export interface PlatformManifest {
  readonly digest: string;
  /** Undefined where neither the index nor the configuration of the image says it. */
  readonly platform: Platform | undefined;
  /** When the publisher says that the image was made (ISO 8601); read for single manifests only. */
  readonly created?: string;
}

/** What a registry whose word is trusted says of a tag's age, as ISO 8601 times. */
export interface TagTimes {
  /** When the image was made, which is the publisher's word. */
  readonly created?: string;
  /** When it was pushed. */
  readonly pushed?: string;
}

/** A tag list; `partial` when a limit cut it short. */
export interface TagList {
  readonly tags: readonly string[];
  readonly partial: boolean;
  /** Times by tag, where the list holds them. */
  readonly times?: ReadonlyMap<string, TagTimes>;
}

/** What is known of one repository through one credential. Fields are last known good values. */
export interface RepositoryObservation {
  /** The last tag list, or undefined before the first one. */
  readonly tags: TagList | undefined;
  /** What tags meant when last looked at. */
  readonly digests: ReadonlyMap<string, TagAnswer>;
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
