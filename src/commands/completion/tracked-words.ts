import { listPath, resources } from '../../kube/resources.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import { textAt } from '../../model/json.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { WorkloadRef } from '../../model/workload.ts';
import { type ClusterSession, openCluster } from '../cluster/cluster-session.ts';
import type { CommandContext } from '../command.ts';
import { stateText } from '../state-text.ts';
import { readSubject } from '../subject.ts';
import { findTracked, workloadName } from '../tracked/tracked-lookup.ts';
import type { Suggestion } from './complete.ts';
import type { Typed } from './typed.ts';

type Asking = Pick<CommandContext, 'env' | 'signal'>;

/** The workloads that are tracked in the namespace. Rejects with a `KubeError` where nobody may be asked, as all of these. */
export async function trackedWorkloads(asking: Asking, typed: Typed): Promise<readonly Suggestion[]> {
  const images = await tracked(asking, typed, undefined);
  const nameOf = namesAsTyped(typed.last);
  const names = new Map(images.map(({ ref, status }) => [nameOf(ref.workload), status]));
  return [...names].map(([word, status]) => ({
    word,
    ...(status && { about: stateText(status.state, status.reason) }),
  }));
}

/** Who begins with `deploy/` goes on with it. */
function namesAsTyped(last: string): (workload: WorkloadRef) => string {
  const [kind = ''] = last.split('/');
  const read = readSubject([`${kind}/x`]);
  const typed = last.includes('/') && read.ok && read.subject.of === 'workload' && read.subject.workload.kind;
  return (workload) => (workload.kind === typed ? `${kind}/${workload.name}` : workloadName(workload));
}

/** The tracked containers of the workload that was named. */
export async function trackedContainers(asking: Asking, typed: Typed): Promise<readonly Suggestion[]> {
  return (await ofSubject(asking, typed)).map(({ ref }) => ({ word: ref.container }));
}

/** The images that would be applied to it. */
export async function trackedCandidates(asking: Asking, typed: Typed): Promise<readonly Suggestion[]> {
  return (await ofSubject(asking, typed)).flatMap(({ status }) =>
    status?.candidate === undefined ? [] : [{ word: status.candidate, about: status.reason }],
  );
}

/** The images that it had before. */
export async function pastImages(asking: Asking, typed: Typed): Promise<readonly Suggestion[]> {
  const entries = (await ofSubject(asking, typed)).flatMap(({ status }) => status?.history ?? []);
  const tags = entries.flatMap(({ from, at }) => {
    const parsed = parseImageReference(from);
    return parsed.ok && parsed.value.tag !== undefined ? [[parsed.value.tag, `left at ${at}`] as const] : [];
  });
  return [...new Map(tags)].map(([word, about]) => ({ word, about }));
}

/** The namespaces of the cluster, where the person may list them. */
export async function namespaces(asking: Asking, typed: Typed): Promise<readonly Suggestion[]> {
  return inCluster(asking, typed, async ({ client }) => {
    const found: Suggestion[] = [];
    for await (const { items } of client.list(listPath(resources.namespaces), { signal: asking.signal })) {
      found.push(...items.map((object) => ({ word: textAt(object, 'metadata', 'name') ?? '' })));
    }
    return found;
  });
}

async function ofSubject(asking: Asking, typed: Typed): Promise<readonly TrackedImage[]> {
  const read = readSubject(typed.words);
  return read.ok ? tracked(asking, typed, read.subject) : [];
}

function tracked(
  asking: Asking,
  typed: Typed,
  subject: Parameters<typeof findTracked>[1]['subject'],
): Promise<readonly TrackedImage[]> {
  return inCluster(asking, typed, async ({ client, namespace: ofContext }) => {
    const namespace = typed.values.get('namespace') ?? ofContext;
    const question = { subject, container: typed.values.get('container'), namespace };
    const found = await findTracked(client, question, asking.signal);
    return found.ok ? found.images : [];
  });
}

/** Opens the cluster that the command line names, asks it and closes it. */
async function inCluster<T>(
  { env }: Asking,
  { values }: Typed,
  ask: (session: ClusterSession) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const flags = new Map([...values].map(([name, value]) => [name, [value]]));
  const opened = openCluster({ env }, { flags, positionals: [] });
  if (!opened.ok) return [];
  try {
    return await ask(opened);
  } finally {
    await opened.client.close();
  }
}
