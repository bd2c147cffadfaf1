/**
 * The registry of the registry bench, in a process of its own: every repository has a few tags, those called `full-…`
 * have 1,000 of their own, and `bench/huge` has 200,000. Says its address when it serves, and on every message what it was asked since the last one.
 */
import { HttpServer, sendJson } from '../support/http-server.ts';

const hugeList = 200_000;
const few = ['1.0.0', '1.1.0', '1.2.0', 'latest'];

const server = await HttpServer.start(({ path, query }, response) => {
  const full = /^\/v2\/bench\/full-(\d+)\//.exec(path)?.[1];
  if (full !== undefined) {
    const tags = Array.from({ length: 1_000 }, (_, index) => `${full}.${index % 40}.${index}-alpine3.20`);
    sendJson(response, { name: 'bench', tags });
    return;
  }
  if (!path.startsWith('/v2/bench/huge/')) {
    sendJson(response, { name: 'bench', tags: few });
    return;
  }
  const size = Math.min(Number(query.get('n') ?? 1_000), 1_000);
  const start = Number(query.get('last')?.split('.').at(-1) ?? -1) + 1;
  const end = Math.min(start + size, hugeList);
  const tags = Array.from({ length: end - start }, (_, index) => `2026.11.${start + index}`);
  const link = `<${path}?last=${tags.at(-1)}&n=${size}>; rel="next"`;
  sendJson(response, { name: 'bench/huge', tags }, 200, end < hugeList ? { link } : {});
});

process.on('message', () => {
  process.send?.({ requests: server.requests.splice(0).length, connections: server.connections });
});
process.on('disconnect', () => process.exit());
process.send?.({ host: new URL(server.url).host });
