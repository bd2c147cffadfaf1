import type { ServerResponse } from 'node:http';
import type { ClusterState } from './cluster-state.ts';
import type { ApiRequest } from './api-exchange.ts';
import { selectorsOf } from './list-query.ts';
import { requireRendering } from './object-handlers.ts';
import type { WatchSink } from './watch.ts';
import type { Target } from './write-request.ts';

/** A client that lets this many bytes pile up is broken off, as a real server breaks it off. */
const backlogLimit = 64 * 1_024 * 1_024;

/** Whether a request opens a watch. */
export function isWatch({ method, query }: ApiRequest): boolean {
  const watch = query.get('watch');
  return method === 'GET' && (watch === '1' || watch === 'true');
}

/** Opens a watch and streams it until either side ends it. Each event leaves at once, in a chunk of its own. */
export function streamWatch(
  state: ClusterState,
  target: Target,
  request: ApiRequest,
  response: ServerResponse,
): void {
  const { type, namespace, name } = target;
  const { query } = request;
  // A watch of one object is one of its collection with a selector.
  if (name !== '') query.append('fieldSelector', `metadata.name=${name}`);
  const scope = {
    type,
    namespace,
    selects: selectorsOf(type, query),
    rendering: requireRendering(request),
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    now: () => state.sources.clock.now(),
  };
  let close = () => {};
  response.once('close', () => close());
  close = state.watches.open(scope, query, sinkOf(response));
}

function sinkOf(response: ServerResponse): WatchSink {
  return {
    begin() {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
      response.flushHeaders();
    },
    write(line) {
      response.write(line);
      return response.writableLength < backlogLimit;
    },
    end() {
      response.end();
    },
    cut(partial) {
      if (partial === undefined) response.destroy();
      else response.write(partial, () => response.destroy());
    },
  };
}
