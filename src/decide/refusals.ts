import { parseImageReference } from '../model/image-reference.ts';
import type { RegistryNeed, RepositoryObservation, TagAnswer } from '../model/observation.ts';
import type { Problem } from '../model/result.ts';
import type { Rejection } from '../model/tracked-image.ts';
import type { RefusalReason } from '../versioning/reject-reason.ts';
import { judgeOffer, notAnImage, platformMissing, tagMissing } from './offer.ts';
import type { PlatformsInUse } from './platforms-in-use.ts';
import { compareImages } from './same-image.ts';

/** Tags that lack something are asked for one after the other; after so many the rest is left alone. */
const mostLacking = 5;

/** Refusals for what a tag lacks, which is not known before it is asked for. */
const lacks: readonly RefusalReason[] = ['missing', 'platformMissing', 'noImage'];

/** What people and failures have ruled out for a container. */
export interface Refusals {
  readonly rejected: readonly Rejection[];
  /** Tags, digests, or `tag@digest`. */
  readonly skip: readonly string[];
}

/** Nothing is ruled out. */
export const noRefusals: Refusals = { rejected: [], skip: [] };

/** Why a tag may not be chosen now, or what must be known before that can be said. */
type Judgement =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly as: RefusalReason; readonly why: Problem }
  /** `running`: the pods must be asked. */
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[]; readonly running: boolean };

/**
 * Filters of one choice. They are asked from the best tag downwards; what they refuse is remembered, with what must go
 * on being looked at so that a refused tag is seen to mean something else.
 */
export class Refuser {
  readonly #refusals: Refusals;
  readonly #observation: RepositoryObservation;
  readonly #inUse: PlatformsInUse;
  readonly #refused: Problem[] = [];
  readonly #noImages: string[] = [];
  readonly #needs = new Map<string, RegistryNeed>();
  /** A person went back past a tag: what is older than that stays out with it. */
  #wentBack = false;
  /** Tags that were passed over because they lack something. */
  #lacking = 0;

  constructor(refusals: Refusals, observation: RepositoryObservation, inUse: PlatformsInUse) {
    this.#refusals = refusals;
    this.#observation = observation;
    this.#inUse = inUse;
  }

  /** Why the best of the refused tags was refused; undefined where none was. What is no image was never a candidate. */
  get first(): Problem | undefined {
    return this.#refused[0];
  }

  /** The tags that were found to be no images, the best first. */
  get noImages(): readonly string[] {
    return this.#noImages;
  }

  /** What the refusals rest on. */
  get needs(): readonly RegistryNeed[] {
    return [...this.#needs.values()];
  }

  /** The reason for which a tag is passed over, or undefined where it may be chosen. */
  readonly refuse = (tag: string): RefusalReason | undefined => {
    if (this.#wentBack) return 'rejected';
    if (this.#lacking === mostLacking) return 'missing';
    const meaning = this.#observation.digests.get(tag);
    const known = typeof meaning === 'object' && 'digest' in meaning ? meaning.digest : undefined;
    const judgement = namesNoImage(meaning)
      ? noImage(tag)
      : this.#judgeMeaning(tag, known, meaning === 'missing');
    if (judgement.kind !== 'refused') return undefined;
    if (judgement.as === 'noImage') this.#noImages.push(tag);
    else this.#refused.push(judgement.why);
    if (judgement.as !== 'skipped') this.#note({ kind: 'digest', tag });
    if (lacks.includes(judgement.as)) this.#lacking += 1;
    this.#wentBack = judgement.why.reason === 'ForeignChange';
    return judgement.as;
  };

  /** Judges a tag that means a digest. */
  judge(tag: string, digest: string): Judgement {
    return this.#judgeMeaning(tag, digest, false);
  }

  /** Judges a tag by what it means, where that is known, or by its meaning nothing. */
  #judgeMeaning(tag: string, digest: string | undefined, isMissing: boolean): Judgement {
    const skipped = this.#refusals.skip.find((entry) => names(entry, tag, digest));
    if (skipped !== undefined) {
      const message = `${tag} is passed over, because spec.skip of the TrackedImage names ${skipped}`;
      return { kind: 'refused', as: 'skipped', why: { reason: 'Skipped', message } };
    }
    if (isMissing) return { kind: 'refused', as: 'missing', why: tagMissing(tag) };
    if (digest === undefined) return { kind: 'open' };
    const byMemory = this.#judgeDigest(tag, digest);
    return byMemory.kind === 'open' ? this.#judgeOffer(tag, digest) : byMemory;
  }

  #judgeOffer(tag: string, digest: string): Judgement {
    const { manifests } = this.#observation;
    const offer = judgeOffer(digest, manifests, this.#inUse);
    if (manifests.has(digest)) this.#note({ kind: 'manifests', digest });
    switch (offer.kind) {
      case 'enough':
        return { kind: 'open' };
      case 'unknown':
        return offer;
      case 'noImage':
        return noImage(tag);
      case 'gone':
        return { kind: 'refused', as: 'missing', why: tagMissing(tag) };
      case 'lacking':
        return { kind: 'refused', as: 'platformMissing', why: platformMissing(tag, offer.platforms) };
      default:
        return offer satisfies never;
    }
  }

  #note(need: RegistryNeed): void {
    this.#needs.set(JSON.stringify(need), need);
  }

  #judgeDigest(tag: string, digest: string): Judgement {
    const { rejected } = this.#refusals;
    const { manifests } = this.#observation;
    const itself = rejected.find((one) => one.digest === digest);
    if (itself) return refusedBy(itself, tag);
    // A tag that was pushed again may mean another index with the same images behind it.
    const earlier = rejected.find((one) => one.tag === tag);
    if (!earlier) return { kind: 'open' };
    const asked = [digest, earlier.digest];
    const needs: readonly RegistryNeed[] = asked.map((one) => ({ kind: 'manifests', digest: one }));
    if (asked.some((one) => !manifests.has(one))) return { kind: 'unknown', needs, running: false };
    needs.forEach((need) => this.#note(need));
    const likeness = compareImages(manifests, earlier.digest, digest, this.#inUse);
    if (likeness === 'partly' && this.#inUse.kind === 'unknown') return this.#inUse;
    return likeness === 'same' ? refusedBy(earlier, tag) : { kind: 'open' };
  }
}

function noImage(tag: string): Extract<Judgement, { kind: 'refused' }> {
  return { kind: 'refused', as: 'noImage', why: notAnImage(tag) };
}

function namesNoImage(meaning: TagAnswer | undefined): boolean {
  if (typeof meaning !== 'object' || !('unusable' in meaning)) return false;
  return meaning.unusable.reason === 'UnsupportedManifest';
}

function refusedBy({ reason, message }: Rejection, tag: string): Judgement {
  const why: Problem =
    reason === 'ForeignChange'
      ? { reason, message: `${message}; ${tag} stays out until it means something else` }
      : { reason: 'Rejected', message: `${tag} failed before: ${message}` };
  return { kind: 'refused', as: 'rejected', why };
}

/** Whether an entry of `spec.skip` speaks of a tag or of what it means. */
function names(entry: string, tag: string, digest: string | undefined): boolean {
  if (entry === tag || entry === digest) return true;
  const parsed = parseImageReference(`x:${entry}`);
  return parsed.ok && parsed.value.tag === tag && parsed.value.digest === digest && digest !== undefined;
}
