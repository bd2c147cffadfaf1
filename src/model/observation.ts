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

/**
 * What is behind a digest: the images for its platforms; `missing`: the registry does not have it; `noImage`: something that no
 * node can run, as a chart or an attestation.
 */
export type BehindDigest = readonly PlatformManifest[] | 'missing' | 'noImage';

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
  /** Times by tag, where the registry says them; of some registries only where they were asked for. */
  readonly times?: ReadonlyMap<string, TagTimes>;
}

/** Credentials that a registry refused although it let somebody in. */
export interface RefusedCredentials {
  /** Where they were found: `secret shop/regcred`. */
  readonly sources: readonly string[];
  /** Where the credential was found that is used instead; undefined for anonymous access. */
  readonly instead: string | undefined;
}

/** Why a look failed. */
export interface LookProblem extends Problem {
  /** When the next look is due, in milliseconds since the epoch. */
  readonly until: number | undefined;
  /** When the last look that succeeded ended, in milliseconds since the epoch; absent where none did. */
  readonly since?: number | undefined;
  /** What could not be learnt, by {@link needName}, where everything else was: who needs none of it is not concerned. */
  readonly only?: readonly string[] | undefined;
}

/** What is known of one repository through one credential. Fields are last known good values. */
export interface RepositoryObservation {
  /** The last tag list, or undefined before the first one. */
  readonly tags: TagList | undefined;
  /** What tags meant when last looked at. */
  readonly digests: ReadonlyMap<string, TagAnswer>;
  /** What is behind digests; immutable, so kept for good. */
  readonly manifests: ReadonlyMap<string, BehindDigest>;
  /** Why the last look failed; undefined when it succeeded. */
  readonly problem: LookProblem | undefined;
  /** Credentials that the registry refuses although it lets somebody in. */
  readonly refused?: RefusedCredentials | undefined;
}

/** What a decision would need to know of a repository. */
export type RegistryNeed =
  /** `times`: with when they were pushed, where the registry says it. */
  | { readonly kind: 'tags'; readonly times?: true }
  /** `seldom`: of interest only because it should never change, so once an hour is enough. */
  | { readonly kind: 'digest'; readonly tag: string; readonly seldom?: boolean }
  | { readonly kind: 'manifests'; readonly digest: string };

/** Equal for needs of the same thing. */
export function needName(need: RegistryNeed): string {
  if (need.kind === 'tags') return 'tags';
  return need.kind === 'digest' ? `digest ${need.tag}` : `manifests ${need.digest}`;
}
