import type { Clock, Logger } from '../model/ports.ts';
import type { WorkloadRef } from '../model/workload.ts';
import type { KubeErrorCode } from './errors.ts';
import { kinds } from './kinds.ts';
import type { Watcher } from './reflectors.ts';
import { installHint } from './resources.ts';

/** What only a person can mend, so that it counts also where everything was well before. */
const lasting: readonly KubeErrorCode[] = ['NotFound', 'Forbidden', 'Unauthorized'];

/**
 * What keeps the caches from being complete, for people, each once: no cache was filled yet, a permission is missing or gone, a
 * resource is not served. An API server that cannot be reached for a while is no reason once the caches were filled.
 */
export function missingIn(watchers: readonly Watcher[]): readonly string[] {
  const texts = watchers.flatMap(({ resource, synced, problem }) => {
    if (problem !== undefined && (!synced || lasting.includes(problem.code))) return [textOf(problem)];
    return synced ? [] : [`the cache of ${resource} is being filled`];
  });
  return [...new Set(texts)];
}

/** Milliseconds after which it is told why the caches are not complete yet. */
const patience = 3_000;

/** Resolves when every cache is complete, or the signal has aborted; what takes long is told once. */
export async function whenAllSynced(
  watchers: readonly Watcher[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const told = clock.schedule(patience, () => {
    for (const problem of missingIn(watchers)) logger.error({}, `not ready: ${problem}`);
  });
  try {
    await Promise.all(watchers.map((watcher) => watcher.whenSynced(signal)));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    told.cancel();
  }
}

/** Whether a workload is seen as it is now, and not as it was when the API server was heard last. */
export function isSeen(watchers: readonly Watcher[], { kind, namespace }: WorkloadRef): boolean {
  const { plural } = kinds[kind].resource;
  const own = watchers.filter(
    (watcher) => watcher.resource === plural && (watcher.namespace ?? namespace) === namespace,
  );
  return own.every(({ problem }) => problem === undefined);
}

/** What has come to a standstill, for people. Being cut off from the API server is none. */
export function stuckIn(watchers: readonly Watcher[]): readonly string[] {
  const texts = watchers
    .filter(({ stuck }) => stuck)
    .map(({ resource }) => `the watch of ${resource} is stuck`);
  return [...new Set(texts)];
}

function textOf({ code, message }: NonNullable<Watcher['problem']>): string {
  return code === 'NotFound' && message.includes('/plimsoll.dev/') ? installHint : message;
}
