import { canonicalDigits, compareDigitLists, compareDigits, isDigits } from './digits.ts';
import type { Build, Prerelease, Version } from './token.ts';

/**
 * Orders two versions: release numbers, then pre-release, hotfix and builds. Negative, zero or positive.
 * A total preorder, so antisymmetric and transitive, whatever the prefix, scheme and variant, which it does not
 * look at. A missing release number counts as zero.
 */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareReleases(a, b) ||
    comparePrereleases(a.prerelease, b.prerelease) ||
    compareHotfixes(a.hotfix, b.hotfix) ||
    compareBuilds(a.builds, b.builds)
  );
}

/** As {@link compareVersions}, then by the numbers within the variants, for `variant: family`. */
export function compareWithinFamily(a: Version, b: Version): number {
  return compareVersions(a, b) || compareDigitLists(numbersWithin(a.variant), numbersWithin(b.variant));
}

/** Orders release numbers only, zero-padded to the same length. */
export function compareReleases(a: Version, b: Version): number {
  const index = firstDifference(a, b);
  return index === undefined ? 0 : compareDigits(a.components[index] ?? '0', b.components[index] ?? '0');
}

/** Index of the first release number in which two versions differ, zero-padded; undefined where none does. */
export function firstDifference(a: Version, b: Version): number | undefined {
  const length = Math.max(a.components.length, b.components.length);
  for (let index = 0; index < length; index += 1) {
    if ((a.components[index] ?? '0') !== (b.components[index] ?? '0')) return index;
  }
  return undefined;
}

function comparePrereleases(a: Prerelease | undefined, b: Prerelease | undefined): number {
  if (!a || !b) return Number(!a) - Number(!b);
  if (a.rank !== b.rank) return a.rank - b.rank;
  const shared = Math.min(a.identifiers.length, b.identifiers.length);
  for (let index = 0; index < shared; index += 1) {
    const order = compareIdentifiers(a.identifiers[index], b.identifiers[index]);
    if (order !== 0) return order;
  }
  return a.identifiers.length - b.identifiers.length;
}

/** Numbers (digits) are below words (their rank), as in SemVer 2.0.0 section 11. */
function compareIdentifiers(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? 1 : -1;
  return compareDigits(a ?? '0', b ?? '0');
}

function compareHotfixes(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  return compareDigits(a, b);
}

function compareBuilds(a: readonly Build[], b: readonly Build[]): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const order = compareDigits(a[index]?.number ?? '0', b[index]?.number ?? '0');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function numbersWithin(variant: string): readonly string[] {
  return variant.split(/\D+/).filter(isDigits).map(canonicalDigits);
}
