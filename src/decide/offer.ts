import type { Platform, RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import { formatPlatform, serves } from '../model/platform.ts';
import type { Problem } from '../model/result.ts';
import type { PlatformsInUse } from './platforms-in-use.ts';

/** Whether an image can be run where it is needed, or what must be known first. */
export type Offer =
  | { readonly kind: 'enough' }
  /** The registry names the image and does not have it. */
  | { readonly kind: 'gone' }
  /** It is none. */
  | { readonly kind: 'noImage' }
  | { readonly kind: 'lacking'; readonly platforms: readonly Platform[] }
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[]; readonly running: boolean };

/**
 * Judges what is behind a digest by the platforms that count. An image that does not say its platform is given the
 * benefit of the doubt. It is read even where no platform counts: an answer to `HEAD` only claims a digest, and what is read
 * by its digest is there.
 */
export function judgeOffer(
  digest: string,
  manifests: RepositoryObservation['manifests'],
  inUse: PlatformsInUse,
): Offer {
  const behind = manifests.get(digest);
  if (behind === undefined) {
    return { kind: 'unknown', needs: [{ kind: 'manifests', digest }], running: false };
  }
  if (behind === 'missing') return { kind: 'gone' };
  if (behind === 'noImage') return { kind: 'noImage' };
  const offered = behind.flatMap(({ platform }) => platform ?? []);
  if (offered.length < behind.length) return { kind: 'enough' };
  if (inUse.kind === 'unknown') return inUse;
  const platforms = inUse.platforms.filter((wanted) => !offered.some((one) => serves(one, wanted)));
  return platforms.length === 0 ? { kind: 'enough' } : { kind: 'lacking', platforms };
}

/** Why a tag is passed over that lacks platforms. */
export function platformMissing(tag: string, platforms: readonly Platform[]): Problem {
  const missing = platforms.map(formatPlatform).join(', ');
  const message = `${tag} does not offer ${missing}, which it must; where that is wrong, name the platforms in plimsoll.dev/platforms`;
  return { reason: 'PlatformMissing', message };
}

/** Why a tag is passed over that names a chart, an attestation or the like, or an image that nothing can pull any more. */
export function notAnImage(tag: string): Problem {
  const message = `${tag} is passed over, because it is no container image that a node could run`;
  return { reason: 'UnsupportedManifest', message };
}

/** Why a tag is passed over that is listed and cannot be had. */
export function tagMissing(tag: string): Problem {
  return { reason: 'TagMissing', message: `${tag} is listed but the registry has no manifest for it` };
}
