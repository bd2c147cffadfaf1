import { parseImageReference } from '../model/image-reference.ts';
import { firstDifference } from '../versioning/compare.ts';
import type { Version } from '../versioning/token.ts';
import { tokenise } from '../versioning/tokenise.ts';

/** How large steps are called, largest first; `other` where tags hold no numbers that could be compared. */
export const versionSteps = ['major', 'minor', 'patch', 'digest', 'other'] as const;

/** One of {@link versionSteps}. */
export type VersionStep = (typeof versionSteps)[number];

/**
 * How large the step is from an image to its candidate, `tag` or `tag@digest`: the first release number that differs.
 * Whatever is below the third number (a build, a pre-release) is a patch; the same tag is another digest.
 */
export function versionStep(image: string, candidate: string): VersionStep {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return 'other';
  const from = parsed.value.tag ?? 'latest';
  const [to = ''] = candidate.split('@');
  if (from === to) return 'digest';
  const [before, after] = [versionOf(from), versionOf(to)];
  if (!before || !after || before.scheme !== after.scheme) return 'other';
  const index = firstDifference(before, after);
  return index === 0 ? 'major' : index === 1 ? 'minor' : 'patch';
}

function versionOf(tag: string): Version | undefined {
  const token = tokenise(tag);
  return token.kind === 'version' && !token.hash ? token : undefined;
}
