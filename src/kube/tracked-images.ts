import { at, flagAt, type JsonObject, listAt, numberAt, textAt } from '../model/json.ts';
import { isReason, type State, stateOf, states } from '../model/reasons.ts';
import {
  type HistoryEntry,
  historyLimit,
  type RolloutOutcome,
  type TrackedImage,
  type TrackedImageSpec,
  type TrackedImageStatus,
} from '../model/tracked-image.ts';
import { type ContainerRef, type Workload, workloadKinds } from '../model/workload.ts';
import { timedConditionsOf } from './conditions.ts';
import { handlesOf } from './handles.ts';
import { kinds } from './kinds.ts';
import { memoryOf } from './rejections.ts';
import { apiVersionOf, resources } from './resources.ts';

/** The label that names the container; the owner reference names the workload. */
const containerLabel = 'plimsoll.dev/container';

/**
 * Reduces a TrackedImage to what is kept of it. Its container is known by the owner reference and {@link containerLabel},
 * both written when it is made; undefined where they are missing, because somebody else made it then.
 * What a newer version may have written and we cannot read is left out; history is never dropped for it.
 */
export function readTrackedImage(object: JsonObject): TrackedImage | undefined {
  const name = textAt(object, 'metadata', 'name');
  const owner = ownerOf(object);
  if (name === undefined || owner === undefined) return undefined;
  return {
    ref: owner.ref,
    name,
    uid: textAt(object, 'metadata', 'uid') ?? '',
    ownerUid: owner.uid,
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    generation: numberAt(object, 'metadata', 'generation') ?? 0,
    spec: specOf(object),
    status: statusOf(at(object, 'status')),
    conditions: timedConditionsOf(object),
  };
}

/** Whether we made a TrackedImage whose workload was deleted and left it behind, as `--cascade=orphan` asks. */
export function isOrphan(object: JsonObject): boolean {
  const isOurs = textAt(object, 'metadata', 'labels', containerLabel) !== undefined;
  return isOurs && listAt(object, 'metadata', 'ownerReferences').length === 0;
}

/** The TrackedImage of a container, as it is first made: an empty handle that is collected with its workload. */
export function newTrackedImage(name: string, container: string, workload: Workload): JsonObject {
  const { kind, namespace, name: owner } = workload.ref;
  const apiVersion = apiVersionOf(kinds[kind].resource);
  return {
    apiVersion: apiVersionOf(resources.trackedImages),
    kind: resources.trackedImages.kind,
    metadata: {
      name,
      namespace,
      labels: { [containerLabel]: container },
      ownerReferences: [{ apiVersion, kind, name: owner, uid: workload.uid, controller: true }],
    },
    spec: {},
  };
}

function ownerOf(object: JsonObject): { ref: ContainerRef; uid: string | undefined } | undefined {
  const namespace = textAt(object, 'metadata', 'namespace');
  const container = textAt(object, 'metadata', 'labels', containerLabel);
  if (namespace === undefined || container === undefined) return undefined;
  for (const owner of listAt(object, 'metadata', 'ownerReferences')) {
    const kind = workloadKinds.find((known) => known === textAt(owner, 'kind'));
    const name = textAt(owner, 'name');
    if (kind === undefined || name === undefined) continue;
    return { ref: { workload: { kind, namespace, name }, container }, uid: textAt(owner, 'uid') };
  }
  return undefined;
}

function specOf(object: JsonObject): TrackedImageSpec {
  return {
    hold: at(object, 'spec', 'hold') === true,
    approve: textAt(object, 'spec', 'approve'),
    checkAt: textAt(object, 'spec', 'checkAt'),
    skip: listAt(object, 'spec', 'skip').filter((entry) => typeof entry === 'string'),
    retry: textAt(object, 'spec', 'retry'),
    rollbackTo: textAt(object, 'spec', 'rollbackTo'),
  };
}

function statusOf(status: unknown): TrackedImageStatus | undefined {
  const image = textAt(status, 'image');
  if (image === undefined) return undefined;
  const written = textAt(status, 'reason') ?? '';
  const reason = isReason(written) ? written : 'Observing';
  const platforms = listAt(status, 'platforms').filter((platform) => typeof platform === 'string');
  return {
    image,
    running: listAt(status, 'running').filter((digest) => typeof digest === 'string'),
    latest: textAt(status, 'latest'),
    candidate: textAt(status, 'candidate'),
    state: stateIn(textAt(status, 'state')) ?? stateOf(reason),
    reason,
    message: textAt(status, 'message') ?? '',
    digest: textAt(status, 'digest'),
    ...(platforms.length > 0 && { platforms }),
    history: historyOf(listAt(status, 'history')),
    observedGeneration: numberAt(status, 'observedGeneration') ?? 0,
    checkedAt: textAt(status, 'checkedAt'),
    ...memoryOf(status),
    ...handlesOf(status),
  };
}

function stateIn(text: string | undefined): State | undefined {
  return states.find((state) => state === text);
}

const outcomes: readonly RolloutOutcome[] = [
  'InProgress',
  'Verified',
  'Failed',
  'RolledBack',
  'Superseded',
  'Unverified',
  'AppliedPendingRestart',
];

function historyOf(entries: readonly unknown[]): readonly HistoryEntry[] {
  return entries
    .map(historyEntryOf)
    .filter((entry) => entry !== undefined)
    .slice(0, historyLimit);
}

function historyEntryOf(entry: unknown): HistoryEntry | undefined {
  const from = textAt(entry, 'from');
  const to = textAt(entry, 'to');
  const writtenAt = textAt(entry, 'at');
  if (from === undefined || to === undefined || writtenAt === undefined) return undefined;
  return {
    from,
    to,
    digest: textAt(entry, 'digest'),
    at: writtenAt,
    outcome: outcomes.find((outcome) => outcome === textAt(entry, 'outcome')) ?? 'Unverified',
    generation: numberAt(entry, 'generation') ?? 0,
    seconds: numberAt(entry, 'seconds'),
    fromDigest: textAt(entry, 'fromDigest'),
    unavailableBefore: numberAt(entry, 'unavailableBefore'),
    unhealthyBefore: flagAt(entry, 'unhealthyBefore'),
    templateHash: textAt(entry, 'templateHash'),
  };
}
