/** What a tag is, read by its spelling alone. */
export type Token = Unversioned | Version;

/**
 * A tag without a version that could be ordered.
 * - `illegal`: no tag by the grammar of the OCI distribution specification; a hostile or broken list entry.
 * - `artefact`: a signature, attestation or bill of materials that is stored beside an image.
 * - `commit`: a revision: a hash, a pull request, a branch, `git describe`.
 * - `word`: no number, or too many to be a version: `latest`, `bookworm-slim`.
 */
interface Unversioned {
  readonly kind: 'illegal' | 'artefact' | 'commit' | 'word';
}

/** A tag with a version in it: `v1.27.3-rc.1-alpine3.19-r4`. */
export interface Version {
  readonly kind: 'version';
  /** Everything before the first digit, as spelled: ``, `v`, `jdk-`. */
  readonly prefix: string;
  /** The release numbers, one to six, canonical digits: `1`, `27`, `3`. */
  readonly components: readonly string[];
  /** Whether a release number was spelled with a leading zero: `18.04`. */
  readonly padded: boolean;
  readonly scheme: Scheme;
  readonly prerelease: Prerelease | undefined;
  /** Number of a `security` or `hotfix` rebuild, canonical digits. */
  readonly hotfix: string | undefined;
  readonly builds: readonly Build[];
  /** What kind of image it is, verbatim with its delimiters: `-alpine3.19`; empty where there is none. */
  readonly variant: string;
  /** A word that says "this is final" and nothing else, as spelled: `RELEASE`, `GA`; empty where there is none. */
  readonly neutral: string;
  /** Whether a part of the tag looks like a commit id, so that its digits and letters carry no order. */
  readonly hash: boolean;
}

/**
 * What the release numbers count. Tags of different schemes cannot be compared.
 * - `num`: ordinary numbers, and serials; - `year`: `2024.7.0`, `2024-07-21`;
 * - `date`: `20240721`; - `datetime`: `20240721113305`; - `stamp`: an ISO 8601 moment, folded into one number.
 */
export type Scheme = 'num' | 'year' | 'date' | 'datetime' | 'stamp';

/** A pre-release: comes before the release of the same numbers. */
export interface Prerelease {
  /** Stage of development: 0 for a development build, up to 5 for a release candidate. */
  readonly rank: number;
  /** What follows the word: numbers as canonical digits, words as their rank. */
  readonly identifiers: readonly (string | number)[];
  /** The pre-release as SemVer 2.0.0 spells one, for constraints: `rc.1`. */
  readonly text: string;
}

/** A rebuild number and what it is called, with its delimiter: `-r` 4, `_` 7, `-date` 20240721. */
export interface Build {
  readonly label: string;
  /** Canonical digits. */
  readonly number: string;
}
