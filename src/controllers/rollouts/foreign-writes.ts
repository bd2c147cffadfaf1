import { judgeForeignChange } from '../../decide/foreign-change.ts';
import type { KubeClient } from '../../kube/client.ts';
import { fieldManager } from '../../kube/field-manager.ts';
import { imageWriter } from '../../kube/field-owners.ts';
import { kinds } from '../../kube/kinds.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { Clock } from '../../model/ports.ts';
import type { HistoryEntry, TrackedImage } from '../../model/tracked-image.ts';
import type { Container, Workload } from '../../model/workload.ts';
import { isLastRejected, type Memory, noteRevert, reject, tagOf } from '../memory/memory.ts';
import { readLive, writersAfter } from './template-writer.ts';

/** Two reverts within so many milliseconds are a fight that we do not take part in. */
const fight = 3_600_000;

/** What somebody else did to a container after us, and what is remembered of it. */
export interface ForeignNews {
  readonly reason: 'ForeignChange' | 'Reverted';
  /** One clause for people. */
  readonly message: string;
  readonly memory: Memory;
}

/** One container, with what is known of it. */
export interface Inspected {
  readonly container: Container;
  readonly policy: EffectivePolicy;
  readonly tracked: TrackedImage | undefined;
  readonly memory: Memory;
}

/**
 * Whether the image of our last update has been replaced since it was last told: only then is it asked who did it.
 * What we put back ourselves, and what was told before, is no question.
 */
function isReplaced({ container, tracked, memory }: Inspected): HistoryEntry | undefined {
  const [entry] = memory.history;
  const last = tracked?.status?.image;
  const asks =
    entry !== undefined &&
    entry.outcome !== 'RolledBack' &&
    container.image !== entry.to &&
    (last === entry.to || entry.outcome === 'InProgress' || wasUnasked(tracked, memory, container));
  return asks ? entry : undefined;
}

/** While no policy was obeyed the image was told, and nobody asked who had written it. */
function wasUnasked(tracked: TrackedImage | undefined, memory: Memory, { image }: Container): boolean {
  const { reason } = tracked?.status ?? {};
  if (reason !== 'InvalidPolicy' && reason !== 'NotTracked') return false;
  const [entry] = memory.history;
  const [revert] = memory.reverts;
  const isNoted = revert?.image === image && Date.parse(revert.at) > Date.parse(entry?.at ?? '');
  return !isNoted && !isLastRejected(memory);
}

/**
 * Our last update, where it was a restart that has been taken back since. It changed no image, so that only its mark tells; a
 * later mark is another restart.
 */
function takenBack(
  { restartedAt }: Pick<Workload, 'restartedAt'>,
  { container, memory }: Inspected,
): HistoryEntry | undefined {
  const [entry] = memory.history;
  if (entry?.digest === undefined || entry.outcome === 'RolledBack') return undefined;
  if (entry.from !== entry.to || entry.to !== container.image || isLastRejected(memory)) return undefined;
  const isEarlier = restartedAt === undefined || Date.parse(restartedAt) < Date.parse(entry.at);
  return isEarlier ? entry : undefined;
}

/**
 * Whoever takes a restart back wants the image before it, and gets none: the reference is the same, and the new pods pull what it
 * means now. That is told, and what they wanted to leave does not come again once they have left it.
 */
async function noteTakenBack(
  client: Pick<KubeClient, 'get'>,
  workload: Workload,
  inspected: Inspected,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ForeignNews | undefined> {
  const live = await readLive(client, workload, signal);
  const present = kinds[workload.ref.kind].project(live);
  const entry = present && takenBack(present, inspected);
  if (entry?.digest === undefined) return undefined;
  const who = writersAfter(live, entry) ?? 'somebody';
  const { digest, to } = entry;
  const message = `${who} took the restart for ${digest} back; its pods run that image all the same, because ${to} means it; plimsoll rollback goes back to the image before`;
  const at = new Date(clock.now()).toISOString();
  const rejection = { digest, tag: tagOf(to), reason: 'ForeignChange', message, at } as const;
  return { reason: 'ForeignChange', message, memory: reject(inspected.memory, rejection) };
}

/**
 * Finds out who replaced the image of our last update, and remembers it: what a person left is rejected, what a tool put
 * back is counted, and a restart that was taken back is told. Undefined where there is no such question, or where the new image is
 * simply the new baseline.
 * Rejects with a `KubeError` where the workload cannot be read.
 */
export async function noteForeignChange(
  client: Pick<KubeClient, 'get'>,
  workload: Workload,
  inspected: Inspected,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ForeignNews | undefined> {
  if (takenBack(workload, inspected)) return noteTakenBack(client, workload, inspected, { clock, signal });
  const entry = isReplaced(inspected);
  if (!entry) return undefined;
  const { container, policy, memory } = inspected;
  const { image } = container;
  const writer = imageWriter(await readLive(client, workload, signal), container, fieldManager);
  const change = judgeForeignChange(image, entry, policy, writer);
  if (change === 'baseline') return undefined;
  const at = new Date(clock.now()).toISOString();
  const manager = writer?.manager ?? 'somebody';
  const message = `${manager} put ${image} in place of ${entry.to}`;
  if (change === 'reverted') {
    return { reason: 'Reverted', message, memory: noteRevert(memory, { manager, image, at }) };
  }
  const { digest } = entry;
  if (digest === undefined) return undefined;
  return {
    reason: 'ForeignChange',
    message,
    memory: reject(memory, { digest, tag: tagOf(entry.to), reason: 'ForeignChange', message, at }),
  };
}

/** Why an image stays that another tool put back twice within an hour; undefined where none did. */
export function revertHold({ image }: Container, { reverts }: Memory): string | undefined {
  const [last, before] = reverts;
  if (last?.image !== image || before === undefined) return undefined;
  if (Math.abs(Date.parse(last.at) - Date.parse(before.at)) > fight) return undefined;
  return `held because ${last.manager} put ${image} back at ${before.at} and again at ${last.at}; change the image where it comes from, or set spec.retry of the TrackedImage`;
}
