import type { SelectionPolicy } from '../model/policy.ts';
import { compareReleases } from './compare.ts';
import type { Version } from './token.ts';

/**
 * Whether the `prerelease` option admits a candidate. `auto`: from a pre-release, pre-releases of the very same
 * release; otherwise stable versions only. `current` is undefined where the current tag has no version.
 */
export function admitsPrerelease(
  candidate: Version,
  current: Version | undefined,
  mode: SelectionPolicy['prerelease'],
): boolean {
  if (candidate.prerelease === undefined || mode === 'true') return true;
  if (mode === 'false' || current?.prerelease === undefined) return false;
  return compareReleases(candidate, current) === 0;
}
