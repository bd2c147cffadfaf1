import { parseImageReference } from '../model/image-reference.ts';
import type { RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import type { Problem } from '../model/result.ts';
import type { Rejection } from '../model/tracked-image.ts';
import { isSameImage } from './same-image.ts';

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
  | { readonly kind: 'refused'; readonly as: 'rejected' | 'skipped'; readonly why: Problem }
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[] };

/**
 * Filters of one choice. They are asked from the best tag downwards; what they refuse is remembered, with what must go
 * on being looked at so that a refused tag is seen to mean something else.
 */
export class Refuser {
  readonly #refusals: Refusals;
  readonly #observation: RepositoryObservation;
  readonly #refused: Problem[] = [];
  readonly #needs: RegistryNeed[] = [];

  constructor(refusals: Refusals, observation: RepositoryObservation) {
    this.#refusals = refusals;
    this.#observation = observation;
  }

  /** Why the best of the refused tags was refused; undefined where none was. */
  get first(): Problem | undefined {
    return this.#refused[0];
  }

  /** What the refusals rest on. */
  get needs(): readonly RegistryNeed[] {
    return this.#needs;
  }

  /** The reason for which a tag is passed over, or undefined where it may be chosen. */
  readonly refuse = (tag: string): 'rejected' | 'skipped' | undefined => {
    const meaning = this.#observation.digests.get(tag);
    const known = typeof meaning === 'object' && 'digest' in meaning ? meaning.digest : undefined;
    const judgement = this.judge(tag, known);
    if (judgement.kind !== 'refused') return undefined;
    this.#refused.push(judgement.why);
    if (judgement.as === 'rejected') this.#needs.push({ kind: 'digest', tag });
    return judgement.as;
  };

  /** Judges a tag that means a digest, or of which that is not known yet. */
  judge(tag: string, digest: string | undefined): Judgement {
    const skipped = this.#refusals.skip.find((entry) => names(entry, tag, digest));
    if (skipped !== undefined) {
      const message = `${tag} is passed over, because spec.skip of the TrackedImage names ${skipped}`;
      return { kind: 'refused', as: 'skipped', why: { reason: 'Skipped', message } };
    }
    return digest === undefined ? { kind: 'open' } : this.#judgeDigest(tag, digest);
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
    if (asked.some((one) => !manifests.has(one))) return { kind: 'unknown', needs };
    this.#needs.push(...needs);
    return isSameImage(manifests, earlier.digest, digest) ? refusedBy(earlier, tag) : { kind: 'open' };
  }
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
