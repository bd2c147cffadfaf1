import { isTag } from '../model/image-reference.ts';
import { at, listAt, numberAt, textAt } from '../model/json.ts';
import type { TagTimes } from '../model/observation.ts';
import { RegistryError, type Subject } from './errors.ts';
import { hostKey } from './hosts.ts';
import type { HttpClient } from './http.ts';
import { parseJsonBody } from './json-body.ts';

/** How a registry that has an interface of its own tells when tags were pushed, the latest first. */
interface TimeSource {
  /** The address of a page; paths have passed the grammar of references. Pages count from 1. */
  readonly page: (path: string, page: number) => string;
  readonly entries: string;
  /** When an entry was pushed, in milliseconds since the epoch; NaN where it does not say. */
  readonly pushed: (entry: unknown) => number;
}

/**
 * Registries whose times are the registry's word. Both answer without any credential for what is public, and none is sent:
 * Docker Hub's interface is another host, and Quay's takes other tokens than its registry.
 */
const sources: Readonly<Record<string, TimeSource>> = {
  'docker.io': {
    page: (path, page) =>
      `https://hub.docker.com/v2/repositories/${path}/tags?page_size=100&ordering=last_updated&page=${page}`,
    entries: 'results',
    pushed: (entry) => Date.parse(textAt(entry, 'tag_last_pushed') ?? ''),
  },
  'quay.io': {
    page: (path, page) =>
      `https://quay.io/api/v1/repository/${path}/tag/?onlyActiveTags=true&limit=100&page=${page}`,
    entries: 'tags',
    pushed: (entry) => 1_000 * (numberAt(entry, 'start_ts') ?? Number.NaN),
  },
};

/** The newest tags come first, and what is older than these cannot be the newest. */
const mostPages = 2;
const largestPage = 4 * 1024 * 1024;
const latestTime = 8.64e15;

/**
 * When the tags of a repository that were pushed last were pushed, by the registry's own interface. Empty where it does not
 * say, as for what is private: a tag without a time is never taken for the newest. Fails only with the signal's reason.
 */
export async function readTagTimes(
  http: Pick<HttpClient, 'send'>,
  subject: Subject,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagTimes>> {
  const host = hostKey(subject.registry);
  const source = Object.hasOwn(sources, host) ? sources[host] : undefined;
  const times = new Map<string, TagTimes>();
  for (let page = 1; source !== undefined && page <= mostPages; page++) {
    const url = new URL(source.page(subject.path, page));
    const headers = { accept: 'application/json' };
    const request = { method: 'GET', url, headers, authorization: undefined, limit: largestPage } as const;
    const answer = await http.send({ request, subject, operation: 'tag_times' }, signal).catch(unknownTimes);
    const entries = answer?.status === 200 ? listAt(parseJsonBody(answer.body), source.entries) : [];
    if (entries.length === 0) break;
    for (const entry of entries) {
      const [tag, pushed] = [at(entry, 'name'), source.pushed(entry)];
      if (typeof tag !== 'string' || !isTag(tag) || !(Math.abs(pushed) <= latestTime)) continue;
      times.set(tag, { pushed: new Date(pushed).toISOString() });
    }
  }
  return times;
}

/** The list itself is worth having without them. */
function unknownTimes(error: unknown): undefined {
  if (error instanceof RegistryError) return undefined;
  throw error;
}
