import type { RejectReason } from '../versioning/reject-reason.ts';

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
  platformMissing: 'lacks a platform that the nodes need',
};
