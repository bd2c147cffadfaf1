import { type JsonObject, textMapAt } from '../model/json.ts';
import type { KubeClient } from './client.ts';
import { listPodsAs, type PodView, readPod } from './pods.ts';

type Equality = readonly [label: string, value: string];

/** `app=web`; what the API server would read otherwise is none. */
const equality = /^([^=!(),\s]+)=([^=!(),\s]+)$/;

/**
 * The label by which the pods of a selector can be listed together with those of others that name the same one. Undefined
 * where the selector holds more than equalities.
 */
export function sharedLabelOf(selector: string): string | undefined {
  return equalitiesIn(selector)?.[0]?.[0];
}

/**
 * The pods of several selectors with one {@link sharedLabelOf}, by one list: `app in (shop,web)`.
 * Rejects with a `KubeError`.
 */
export async function listPodsBySelector(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly PodView[]>> {
  const wanted = [...new Set(selectors)].map((each) => ({
    selector: each,
    equalities: equalitiesIn(each) ?? [],
  }));
  const firsts = wanted.flatMap(({ equalities }) => equalities.slice(0, 1));
  const values = [...new Set(firsts.map(([, value]) => value))];
  const selector = `${firsts[0]?.[0]} in (${values.join(',')})`;
  const listed = await listPodsAs(client, { namespace, selector, read: readLabelled }, signal);
  return new Map(
    wanted.map((one) => {
      const chosen = listed.filter(({ labels }) =>
        one.equalities.every(([label, value]) => labels[label] === value),
      );
      return [one.selector, chosen.map(({ pod }) => pod)];
    }),
  );
}

function readLabelled(
  object: JsonObject,
): { readonly pod: PodView; readonly labels: Readonly<Record<string, string>> } | undefined {
  const pod = readPod(object);
  return pod && { pod, labels: textMapAt(object, 'metadata', 'labels') };
}

function equalitiesIn(selector: string): readonly Equality[] | undefined {
  const found = selector.split(',').map((part): Equality | undefined => {
    const [, label, value] = equality.exec(part) ?? [];
    return label === undefined || value === undefined ? undefined : [label, value];
  });
  return found.every((one) => one !== undefined) ? found : undefined;
}
