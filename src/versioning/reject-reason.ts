/**
 * Why a tag is not chosen; each rejected tag has exactly one reason.
 * - `illegal`, `artefact`, `commit`, `word`: the tag, or the current one, is of that class and has no version to compare.
 * - `prefix`, `precision`, `variant`, `build`, `scheme`: differs from the current tag in the text before the version,
 *   the count of release numbers, the kind of image, the way rebuilds are numbered, or what the numbers count.
 * - `tooFar`: a jump of the first number that only another numbering explains.
 * - `notNewer`: not newer than the current tag, or than the choice. `undated`: no trusted time is known.
 * - `prerelease`: a pre-release that `prerelease` does not admit.
 * - `level`: newer, but of a level that the policy does not admit.
 * - `outOfRange`: outside the range or pattern of the policy.
 * - `ignored`, `notAllowed`: by `ignore-tags` or `allow-tags`.
 * - the rest: see {@link RefusalReason}.
 */
export type RejectReason =
  | 'illegal'
  | 'artefact'
  | 'commit'
  | 'word'
  | 'prefix'
  | 'precision'
  | 'variant'
  | 'build'
  | 'scheme'
  | 'tooFar'
  | 'prerelease'
  | 'level'
  | 'notNewer'
  | 'undated'
  | 'ignored'
  | 'notAllowed'
  | 'outOfRange'
  | RefusalReason;

/** Why a caller refuses a tag that the policy admits, for what it alone knows. */
export type RefusalReason = 'rejected' | 'skipped' | 'tooYoung' | 'missing' | 'platformMissing' | 'noImage';

/** Why a tag is not chosen, for people; the documentation holds the same words. */
export const rejectMeanings: Readonly<Record<RejectReason, string>> = {
  illegal: 'is not a legal tag',
  artefact: 'names a signature, attestation or bill of materials, not an image',
  commit: 'names a commit, which has no order',
  word: 'has no version to compare',
  prefix: 'has other text before the version',
  precision: 'has another count of release numbers',
  variant: 'is another kind of image',
  build: 'numbers its rebuilds in another way',
  scheme: 'counts something else: dates, serials or versions',
  tooFar: 'is a jump that only another numbering explains',
  prerelease: 'is a pre-release',
  level: 'is newer, but of a level that the policy does not admit',
  notNewer: 'is not newer',
  undated: 'has no trusted time',
  ignored: 'is taken out by ignore-tags',
  notAllowed: 'is not let in by allow-tags',
  outOfRange: 'lies outside the range or pattern of the policy',
  rejected: 'failed before',
  skipped: 'is skipped by a person',
  tooYoung: 'has not been seen for long enough',
  missing: 'is listed and not there, or comes after too many such tags',
  platformMissing: 'lacks a platform that the nodes need',
  noImage: 'is no container image that a node could run: a chart, an attestation',
};
