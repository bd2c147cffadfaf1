import type { KubeErrorCode } from './errors.ts';
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
