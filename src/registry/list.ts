import { isTag } from '../model/image-reference.ts';
import { at, isJsonObject, listAt, type JsonObject } from '../model/json.ts';
import type { TagList, TagTimes } from '../model/observation.ts';
import type { Clock } from '../model/ports.ts';
import type { Subject } from './errors.ts';
import { notARegistry, refusalOf } from './fault.ts';
import type { HostMemory } from './host-memory.ts';
import { headerLines, headerOf, mediaTypeOf, type HttpAnswer } from './http-exchange.ts';
import { parseJsonBody } from './json-body.ts';
import { nextPage, type NextPage } from './link.ts';
import { readPushTimes } from './push-times.ts';
import type { RepositorySession } from './session.ts';

/** How much of a tag list is read. */
export interface ListLimits {
  readonly pages: number;
  readonly tags: number;
  /** Bytes of one page; a larger one fails as LimitExceeded. */
  readonly pageBytes: number;
  readonly totalBytes: number;
  /** Milliseconds for the whole list. */
  readonly time: number;
}

/** More than any repository that was made on purpose. */
export const listLimits: ListLimits = {
  pages: 1_000,
  tags: 200_000,
  pageBytes: 16 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  time: 300_000,
};

/** What a listing works with. */
export interface ListTools {
  readonly clock: Clock;
  readonly memory: HostMemory;
  readonly limits: ListLimits;
  /** Tags to ask for on a page. */
  readonly pageSize: number;
}

/**
 * All tags of a repository in the order of the registry, which means nothing. Illegal tags and repetitions are dropped.
 * A list that a limit or a loop of pages cuts short is partial; a page that fails, fails the list.
 */
export async function listTags(session: RepositorySession, tools: ListTools): Promise<TagList> {
  const { clock, limits } = tools;
  const started = clock.monotonic();
  const tags = new Set<string>();
  const times = new Map<string, TagTimes>();
  const visited = new Set<string>();
  const listed = (partial: boolean): TagList => ({
    tags: [...tags],
    partial,
    ...(times.size > 0 && { times }),
  });
  let bytes = 0;
  let page = await firstPage(session, tools);
  for (;;) {
    visited.add(page.url.href);
    bytes += page.answer.body.length;
    const document = readDocument(page.answer, session.subject);
    const { added, isCut } = addTags(tags, document, limits.tags);
    for (const [tag, found] of readPushTimes(session.registry, document))
      if (tags.has(tag)) times.set(tag, found);
    const next = pageAfter(page, document);
    if (isCut) return listed(true);
    if (next.kind !== 'page') return listed(next.kind === 'unusable');
    if (tags.size >= limits.tags) return listed(true);
    const isLoop = added === 0 || visited.has(next.url.href);
    const isTooMuch = visited.size >= limits.pages || bytes >= limits.totalBytes;
    if (isLoop || isTooMuch || clock.monotonic() - started >= limits.time) return listed(true);
    page = { url: next.url, answer: accept(await readPage(session, next.url, tools), session.subject) };
  }
}

interface Page {
  readonly url: URL;
  readonly answer: HttpAnswer;
}

/**
 * The page after one. Group repositories of Nexus name none although there is one (NEXUS-35956), so after a full page of
 * theirs the next one is asked for by its last tag. No other registry's word is doubted: what it does not name is not there.
 */
function pageAfter({ url, answer }: Page, document: JsonObject): NextPage {
  const named = nextPage(headerLines(answer, 'link'), url);
  const isNexus = headerOf(answer, 'server')?.startsWith('Nexus/') === true;
  const tags = listAt(document, 'tags');
  const last = tags.at(-1);
  const isFull = String(tags.length) === url.searchParams.get('n');
  if (named.kind !== 'end' || !isNexus || !isFull || typeof last !== 'string' || !isTag(last)) return named;
  const next = new URL(url);
  next.searchParams.set('last', last);
  return { kind: 'page', url: next };
}

/** Some registries refuse a page size, or one above theirs; then the size is theirs to choose. */
async function firstPage(session: RepositorySession, tools: ListTools): Promise<Page> {
  const { memory, pageSize } = tools;
  const { registry, subject } = session;
  const plain = session.urlOf('tags/list');
  if (!memory.refusesPageSize(registry)) {
    const url = session.urlOf(`tags/list?n=${pageSize}`);
    const answer = await readPage(session, url, tools);
    if (![400, 405, 422].includes(answer.status)) return { url, answer: accept(answer, subject) };
  }
  const answer = accept(await readPage(session, plain, tools), subject);
  memory.noteRefusesPageSize(registry);
  return { url: plain, answer };
}

async function readPage(session: RepositorySession, url: URL, { limits }: ListTools): Promise<HttpAnswer> {
  return session.read({
    method: 'GET',
    path: `tags/list${url.search}`,
    accept: 'application/json',
    limit: limits.pageBytes,
    operation: 'list_tags',
  });
}

function accept(answer: HttpAnswer, subject: Subject): HttpAnswer {
  if (answer.status === 200) return answer;
  const { status, body } = answer;
  throw refusalOf({ status, body, contentType: mediaTypeOf(answer), retryAfter: undefined }, subject);
}

function readDocument({ body }: HttpAnswer, subject: Subject): JsonObject {
  const document = parseJsonBody(body);
  const tags = at(document, 'tags');
  // Go writes an empty list as null, and some registries leave it out.
  const isEmpty = tags === null || (tags === undefined && at(document, 'name') !== undefined);
  if (!isJsonObject(document) || !(isEmpty || Array.isArray(tags)))
    throw notARegistry(subject, 'the host did not answer with a list of tags');
  return document;
}

/** Adds a page's tags up to the limit; says how many were new, and whether the limit cut it short. */
function addTags(
  tags: Set<string>,
  document: JsonObject,
  most: number,
): { readonly added: number; readonly isCut: boolean } {
  const before = tags.size;
  for (const tag of listAt(document, 'tags')) {
    if (typeof tag !== 'string' || !isTag(tag) || tags.has(tag)) continue;
    if (tags.size >= most) return { added: most - before, isCut: true };
    tags.add(tag);
  }
  return { added: tags.size - before, isCut: false };
}
