import type {
  BehindDigest,
  Platform,
  PlatformManifest,
  RegistryNeed,
  RepositoryObservation,
  TagAnswer,
} from '../model/observation.ts';
import { serves } from '../model/platform.ts';
import type { Problem } from '../model/result.ts';
import { notAnImage } from './offer.ts';
import type { PlatformsInUse } from './platforms-in-use.ts';

/** What is known when asking whether a tag still means what runs. */
export interface DigestQuestion {
  readonly tag: string;
  /** What the registry says the tag means now. */
  readonly now: TagAnswer | undefined;
  /** The digest that the pod template is pinned to, where it is. */
  readonly pinned: string | undefined;
  /** The registry digest that the running image was last known to be, for this very tag. */
  readonly known: string | undefined;
  /** Digests that the pods report; undefined before they were asked. */
  readonly running: readonly string[] | undefined;
  readonly manifests: RepositoryObservation['manifests'];
  /** The platforms of which the images are compared. */
  readonly inUse: PlatformsInUse;
}

/** The answer, or what must be known first. */
export type DigestAnswer =
  | { readonly kind: 'same'; readonly digest: string }
  /** `needs` are known already; naming them keeps what the answer rests on from being forgotten. */
  | {
      readonly kind: 'changed';
      readonly digest: string;
      /** The registry digest of what runs, where it is known for sure. */
      readonly before: string | undefined;
      readonly needs: readonly RegistryNeed[];
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly problem: Problem }
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[]; readonly running: boolean };

/**
 * Whether a tag means another image than the one that runs. An image is its platform manifests, for the platforms in use: two
 * digests are the same image when they resolve to the same ones, because a node may report an image under the digest of
 * another index, or of the child, with the same content.
 *
 * What cannot be resolved (loaded by hand, gone from the registry) is never called outdated: then what the tag
 * means now is taken as the baseline, unless an earlier baseline is known.
 */
export function compareDigest(question: DigestQuestion): DigestAnswer {
  const { now, pinned, known, running, tag } = question;
  if (now === undefined) return { kind: 'unknown', needs: [{ kind: 'digest', tag }], running: false };
  if (now === 'missing') return { kind: 'missing' };
  if ('unusable' in now) return { kind: 'unusable', problem: now.unusable };
  const { digest } = now;
  if (pinned !== undefined) return compareWith([pinned], pinned, digest, question);
  if (known === digest) return { kind: 'same', digest };
  if (running === undefined) return { kind: 'unknown', needs: [], running: true };
  return compareWith(running, known, digest, question);
}

/** Compares the digests that run, or failing them the one last known, with what the tag means now. */
function compareWith(
  running: readonly string[],
  known: string | undefined,
  digest: string,
  { tag, manifests, inUse }: DigestQuestion,
): DigestAnswer {
  const distinct = [...new Set(running)];
  // Nothing runs and nothing is remembered: there is nothing to compare, and nothing to read for it.
  if (distinct.length === 0 && known === undefined) return { kind: 'same', digest };
  if (distinct.length > 0 && distinct.every((one) => one === digest)) return { kind: 'same', digest };

  const asked = new Set([digest, ...distinct, ...(known === undefined ? [] : [known])]);
  const needs: readonly RegistryNeed[] = [...asked].map((one) => ({ kind: 'manifests', digest: one }));
  if ([...asked].some((one) => !manifests.has(one))) return { kind: 'unknown', needs, running: false };
  const target = readable(manifests, digest);
  // The tag still names it, but it cannot be run: moving to it could only break what runs.
  if (target === undefined) return unfit(tag, manifests.get(digest));
  const resolved = distinct.filter((one) => one === digest || readable(manifests, one) !== undefined);
  const compared = resolved.length > 0 ? resolved : known === undefined ? [] : [known];
  const likeness = compared.map((one) => compareImages(manifests, one, digest, inUse));
  if (likeness.every((one) => one === 'same')) return { kind: 'same', digest };
  if (inUse.kind === 'unknown' && !likeness.includes('different')) {
    return { kind: 'unknown', needs: [...needs, ...inUse.needs], running: inUse.running };
  }
  const before = known ?? surelyPulled(resolved, manifests, target.length);
  return { kind: 'changed', digest, before, needs };
}

function unfit(tag: string, behind: BehindDigest | undefined): DigestAnswer {
  return behind === 'noImage' ? { kind: 'unusable', problem: notAnImage(tag) } : { kind: 'missing' };
}

/**
 * The digest that a node reported, where it cannot be just one platform's part of an image: it is an index itself, or the
 * repository has single images only.
 */
function surelyPulled(
  [digest, ...others]: readonly string[],
  manifests: RepositoryObservation['manifests'],
  targets: number,
): string | undefined {
  if (digest === undefined || others.length > 0) return undefined;
  const children = readable(manifests, digest) ?? [];
  const isIndex = children.length > 0 && children.every((child) => child.digest !== digest);
  return isIndex || (children.length === 1 && targets === 1) ? digest : undefined;
}

function readable(
  manifests: RepositoryObservation['manifests'],
  digest: string,
): readonly PlatformManifest[] | undefined {
  const found = manifests.get(digest);
  return typeof found === 'string' ? undefined : found;
}

/**
 * Compares what runs with another image: every platform in use must find its own manifest there. Which those are matters only
 * where a part of the manifests differs; where nobody can tell, all of them count. What cannot be read differs.
 */
export function compareImages(
  manifests: RepositoryObservation['manifests'],
  running: string,
  other: string,
  inUse: PlatformsInUse,
): 'same' | 'different' | 'partly' {
  if (running === other) return 'same';
  const behind = readable(manifests, running) ?? [];
  const offered = new Set(readable(manifests, other)?.map(({ digest }) => digest));
  const isOffered = ({ digest }: PlatformManifest) => offered.has(digest);
  if (!behind.some(isOffered)) return 'different';
  if (behind.every(isOffered)) return 'same';
  if (inUse.kind === 'unknown') return 'partly';
  const used = behind.filter((manifest) => isUsed(manifest, inUse.platforms));
  return used.length > 0 && used.every(isOffered) ? 'same' : 'different';
}

function isUsed({ platform }: PlatformManifest, platforms: readonly Platform[]): boolean {
  return platform === undefined || platforms.some((one) => serves(platform, one));
}
