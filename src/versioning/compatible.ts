import type { SelectionPolicy } from '../model/policy.ts';
import { compareDigits } from './digits.ts';
import type { RejectReason } from './reject-reason.ts';
import type { Build, Version } from './token.ts';
import { prefixClass } from './tokenise.ts';

/** The options that decide which versions may be compared at all. */
export type Compatibility = Pick<SelectionPolicy, 'precision' | 'variant' | 'scheme'>;

/** From a first number below `guardBelow`, a jump of more than `farthest` means another numbering. */
const guardBelow = '1000';
const farthest = 500n;

/**
 * Why a version may never replace the current one, whichever is newer; undefined where the two are comparable.
 * Symmetric but for `tooFar`.
 */
export function incompatibility(
  candidate: Version,
  current: Version,
  options: Compatibility,
): RejectReason | undefined {
  if (prefixClass(candidate.prefix) !== prefixClass(current.prefix)) return 'prefix';
  if (options.precision === 'same' && candidate.components.length !== current.components.length) {
    return 'precision';
  }
  if (!sameVariant(candidate.variant, current.variant, options)) return 'variant';
  if (!sameLabels(candidate.builds, current.builds)) return 'build';
  if (options.scheme === 'any') return undefined;
  if (candidate.scheme !== current.scheme) return 'scheme';
  return isTooFar(candidate, current) ? 'tooFar' : undefined;
}

/** Whether two variants are the same, digits aside where the policy follows the family. */
export function sameVariant(a: string, b: string, { variant }: Pick<Compatibility, 'variant'>): boolean {
  return a === b || (variant === 'family' && maskDigits(a) === maskDigits(b));
}

function maskDigits(variant: string): string {
  return variant.replaceAll(/\d+/g, '0');
}

function sameLabels(a: readonly Build[], b: readonly Build[]): boolean {
  return a.length === b.length && a.every(({ label }, index) => label === b[index]?.label);
}

/** Garbage tags, dates and all-digit commit ids are numerically larger than any honest next version. */
function isTooFar(candidate: Version, current: Version): boolean {
  const [from = '0'] = current.components;
  const [to = '0'] = candidate.components;
  if (compareDigits(from, guardBelow) >= 0) return false;
  return to.length > 4 || BigInt(to) - BigInt(from) > farthest;
}
