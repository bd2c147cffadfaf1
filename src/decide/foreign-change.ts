import { parseImageReference, repositoryOf } from '../model/image-reference.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { HistoryEntry } from '../model/tracked-image.ts';
import { selectTag } from '../versioning/select.ts';

/** What somebody else wrote in place of our last update. */
export type ForeignChange =
  /** Something newer, or something that has no order with ours: the new baseline, and no reason to hold. */
  | 'baseline'
  /** Something older, by the tool of a person: what they left is not proposed again. */
  | 'undone'
  /** Something older, by a tool that applies a manifest: it did not know of our update. */
  | 'reverted';

/** Who wrote the image, as far as it is known. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
}

/**
 * Field managers by which a person acts on one workload at a time. `kubectl rollout undo` writes as plain `kubectl`, and so
 * does server-side apply, which is told by its operation; browsers write as `Mozilla`.
 */
const personalTools: ReadonlySet<string> = new Set([
  'kubectl',
  'kubectl-edit',
  'kubectl-patch',
  'kubectl-rollout',
  'kubectl-set',
  'k9s',
  'lens',
  'OpenLens',
  'Freelens',
  'headlamp',
  'dashboard',
  'Mozilla',
]);

/**
 * Judges an image that stands where the last update of ours stood. A manager that is not known to be a person's tool
 * counts as one that applies a manifest, because that one would come again.
 */
export function judgeForeignChange(
  image: string,
  entry: Pick<HistoryEntry, 'from' | 'to' | 'digest'>,
  policy: EffectivePolicy,
  writer: Writer | undefined,
): ForeignChange {
  if (!isOlder(image, entry, policy)) return 'baseline';
  // Where nothing tells who it was, it may have been a person, and people win.
  if (writer === undefined) return 'undone';
  return writer.operation === 'Update' && personalTools.has(writer.manager) ? 'undone' : 'reverted';
}

/** Whether an image is what an update replaced, or something from which the policy would move to what it wrote. */
function isOlder(
  image: string,
  { from, to, digest }: Pick<HistoryEntry, 'from' | 'to' | 'digest'>,
  policy: EffectivePolicy,
): boolean {
  if (image === from) return true;
  const present = parseImageReference(image);
  const ours = parseImageReference(to);
  if (!present.ok || !ours.ok || repositoryOf(present.value) !== repositoryOf(ours.value)) return false;
  const { tag = 'latest' } = present.value;
  const { tag: ourTag = 'latest' } = ours.value;
  if (tag === ourTag) return ours.value.digest !== undefined && present.value.digest !== digest;
  const selected = selectTag({ current: tag, policy, tags: [ourTag] });
  return selected.ok && selected.value.choice === ourTag;
}
