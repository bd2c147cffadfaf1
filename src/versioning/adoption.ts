import { compareReleases, compareVersions } from './compare.ts';
import { sameVariant, type Compatibility } from './compatible.ts';
import type { Situation } from './rule.ts';
import type { Token, Version } from './token.ts';
import { prefixClass } from './tokenise.ts';

/**
 * Adoption: the current tag is a word or lies outside the pattern of an explicit policy, so the best tag within the
 * pattern is taken up without a comparison of the two.
 */

/**
 * How well a candidate continues the kind of image that the current tag names: positive for its own variant (of a
 * word, the length of what it ends in: `stable-alpine` and `1.2.3-alpine`), 0 for a plain image, -1 for another.
 */
export function affinity(
  { variant }: Version,
  { current, token }: Pick<Situation, 'current' | 'token'>,
  options: Pick<Compatibility, 'variant'>,
): number {
  if (token.kind === 'version' && sameVariant(variant, token.variant, options)) return 1;
  if (variant === '') return 0;
  if (token.kind === 'version') return -1;
  const plain = variant.replace(/^[-_.]/, '');
  const continues = current === plain || ['-', '_', '.'].some((mark) => current.endsWith(mark + plain));
  return continues ? variant.length : -1;
}

/** Whether taking a tag up would be a step back: both are versions of one numbering, and it is not newer. */
export function isStepBack(candidate: Token, current: Token): boolean {
  if (candidate.kind !== 'version' || current.kind !== 'version') return false;
  if (candidate.hash || current.hash || candidate.scheme !== current.scheme) return false;
  if (prefixClass(candidate.prefix) !== prefixClass(current.prefix)) return false;
  return candidate.components.length === current.components.length
    ? compareVersions(candidate, current) <= 0
    : compareReleases(candidate, current) < 0;
}
