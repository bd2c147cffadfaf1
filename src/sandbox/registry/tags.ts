import { errorReply, jsonReply, type Call, type Reply } from './exchange.ts';
import type { Storage } from './storage.ts';

/** Answers `tags/list`: lexical order, `n` and `last`, and a relative `Link` while more follows. */
export function listTags(call: Call, storage: Storage, pageSize: number): Reply {
  const repository = call.route.repository ?? '';
  const stored = storage.find(repository);
  if (stored === undefined) {
    return errorReply(404, 'NAME_UNKNOWN', `repository name not known to registry: ${repository}`);
  }
  const asked = call.url.searchParams.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked)) {
    return errorReply(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested');
  }
  const size = Math.min(Number(asked ?? pageSize), pageSize);
  const last = call.url.searchParams.get('last') ?? '';
  const rest = stored.tagNames().filter((tag) => tag > last);
  const page = rest.slice(0, size);
  const end = page.at(-1);
  const headers: Record<string, string> = {};
  if (rest.length > page.length && end !== undefined) {
    headers['link'] = `</v2/${repository}/tags/list?last=${encodeURIComponent(end)}&n=${size}>; rel="next"`;
  }
  return jsonReply(200, { name: repository, tags: page }, headers);
}
