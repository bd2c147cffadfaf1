import type { KubeClient } from '../../kube/client.ts';
import { fieldManager } from '../../kube/field-manager.ts';
import { ownsImage, templateWritersAfter } from '../../kube/field-owners.ts';
import { kinds } from '../../kube/kinds.ts';
import { objectPath } from '../../kube/resources.ts';
import { templateHash } from '../../kube/template-hash.ts';
import type { JsonObject } from '../../model/json.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import type { Workload } from '../../model/workload.ts';
import type { RolloutStep } from '../../rollout/follow.ts';

/** What has to be known of an update to tell whether it stands. */
type TemplateUpdate = Pick<HistoryEntry, 'from' | 'to' | 'at' | 'templateHash'>;

/** Reads a workload with its managedFields, which the cache does not keep. Rejects with a `KubeError`. */
export async function readLive(
  client: Pick<KubeClient, 'get'>,
  { ref }: Workload,
  signal: AbortSignal,
): Promise<JsonObject> {
  return client.get(objectPath(kinds[ref.kind].resource, ref.namespace, ref.name), { signal });
}

/**
 * Who else changed the pod template after the last update of ours, by the names of field managers; undefined where nobody
 * did. What the template says tells whether: managers are remembered with one time for all that they wrote, be it
 * replicas or an annotation, so that their times tell only who may have been it. Who took our image away and wrote the same one
 * again has changed nothing, and yet it is theirs then.
 *
 * Nothing is remembered of an update whose controller died before it told, because the annotation goes with the patch and the
 * template is known by its answer. Then the times have to do; they are whole seconds, so that what was written within the
 * second of the update does not count.
 */
export async function templateWriterAfter(
  client: Pick<KubeClient, 'get'>,
  workload: Workload,
  update: TemplateUpdate,
  signal: AbortSignal,
): Promise<string | undefined> {
  const live = await readLive(client, workload, signal);
  const remembered = update.templateHash;
  const isSame = remembered !== undefined && remembered === templateHash(workload.ref.kind, live);
  if (isSame && !isTakenOver(live, workload, update)) return undefined;
  return writersAfter(live, update) ?? (remembered === undefined ? undefined : 'somebody');
}

/** Whether the image of an update is somebody else's by now. A restart brings none. */
function isTakenOver(live: JsonObject, { containers }: Workload, { from, to }: TemplateUpdate): boolean {
  const updated = containers.filter(({ image }) => from !== to && image === to);
  return updated.some((container) => ownsImage(live, container, fieldManager) === false);
}

/** A step of a rollout; one that failed with somebody else's change in it says nothing of the image. Rejects with a `KubeError`. */
export async function unlessChanged(
  client: Pick<KubeClient, 'get'>,
  step: RolloutStep,
  { workload, last }: { readonly workload: Workload; readonly last: TemplateUpdate },
  signal: AbortSignal,
): Promise<RolloutStep> {
  if (step.outcome !== 'Failed') return step;
  const writer = await templateWriterAfter(client, workload, last, signal);
  if (writer === undefined) return step;
  const message = `${step.message}; it is not judged, because ${writer} changed the pod template after the update`;
  return { outcome: 'Superseded', message, complete: false, after: undefined };
}

/** Who else wrote in the pod template of a live object after an update of ours, by the names of field managers. */
export function writersAfter(live: JsonObject, { at }: Pick<HistoryEntry, 'at'>): string | undefined {
  const writers = templateWritersAfter(live, Date.parse(at), fieldManager).map(({ manager }) => manager);
  return writers.length > 0 ? [...new Set(writers)].join(' or ') : undefined;
}
