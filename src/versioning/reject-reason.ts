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
export type RefusalReason = 'rejected' | 'skipped' | 'tooYoung' | 'platformMissing';
