import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Secret } from '../../model/secret.ts';
import { answerAccessReview } from './access-review.ts';
import { type ApiAnswer, type ApiRequest, jsonAnswer } from './api-exchange.ts';
import { ApiFault, unauthorized } from './api-fault.ts';
import { identify } from './bearer-token.ts';
import type { ClusterState } from './cluster-state.ts';
import { discoveryDocument } from './discovery.ts';
import type { FaultPlan } from './fault-plan.ts';
import { answerObject, faultAnswer } from './object-handlers.ts';
import { readJsonBody } from './request-body.ts';
import { type RequestLog, verbOf } from './request-log.ts';
import { targetOf } from './request-target.ts';
import { isWatch, streamWatch } from './watch-stream.ts';

/** What the front of the server stands before. */
export interface FrontParts {
  readonly state: ClusterState;
  readonly faults: FaultPlan;
  readonly log: RequestLog;
  readonly token: Secret;
}

/** Answers one HTTP request: planned faults first, then the token, then what was asked. */
export async function answerHttp(
  parts: FrontParts,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url, authorized } = identify(incoming, parts.token);
  await parts.faults.passed();
  const obstacle = parts.faults.take(incoming.method ?? 'GET', url.pathname);
  if (obstacle === 'break') {
    response.destroy();
    return;
  }
  try {
    if (obstacle !== undefined) throw obstacle;
    if (!authorized) throw unauthorized();
    const answer = dispatch(parts.state, await readRequest(incoming, url), response);
    if (answer !== 'streaming') send(response, answer);
    logRequest(parts, incoming, url, response.statusCode);
  } catch (failure) {
    const fault = failure instanceof ApiFault ? failure : internalError(failure);
    logRequest(parts, incoming, url, fault.code);
    if (response.headersSent) response.destroy();
    else send(response, faultAnswer(fault), fault.retryAfter);
  }
}

/** The answer to a request, or `streaming` where a watch has taken the response over. */
function dispatch(
  state: ClusterState,
  request: ApiRequest,
  response: ServerResponse,
): ApiAnswer | 'streaming' {
  const target = targetOf(request.path, state.catalog);
  if (target === undefined) return answerAccessReview(request) ?? answerElsewhere(state, request);
  if (!isWatch(request)) return answerObject(state, target, request);
  streamWatch(state, target, request, response);
  return 'streaming';
}

const healthPaths: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz']);

function answerElsewhere({ catalog }: ClusterState, { method, path }: ApiRequest): ApiAnswer {
  if (healthPaths.has(path)) return { code: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' };
  // kubectl reads this document as protobuf, of which nothing at all is a valid one: it then skips its own validation.
  if (path === '/openapi/v2') return { code: 200, text: '', contentType: 'application/octet-stream' };
  const document = method === 'GET' ? discoveryDocument(path, catalog) : undefined;
  if (document !== undefined) return jsonAnswer(200, document);
  return { code: 404, text: '404 page not found\n', contentType: 'text/plain; charset=utf-8' };
}

async function readRequest(incoming: IncomingMessage, url: URL): Promise<ApiRequest> {
  const { headers, method = 'GET' } = incoming;
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    accept: headers.accept ?? '',
    contentType: (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
    userAgent: headers['user-agent'] ?? '',
    body: await readJsonBody(incoming),
  };
}

function send(response: ServerResponse, answer: ApiAnswer, retryAfter?: number): void {
  const { code, text, contentType = 'application/json', warnings = [] } = answer;
  const headers: OutgoingHttpHeaders = {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    'content-length': Buffer.byteLength(text),
  };
  const texts = warnings.map((warning) => `299 - ${JSON.stringify(warning)}`);
  if (texts.length > 0) headers['warning'] = texts.join(', ');
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  response.writeHead(code, headers);
  response.end(text);
}

function logRequest({ log, state }: FrontParts, incoming: IncomingMessage, url: URL, status: number): void {
  const { method = 'GET', headers } = incoming;
  const target = targetOf(url.pathname, state.catalog);
  const watching = url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1';
  log.add({
    verb: verbOf(method, target?.name === '', watching),
    path: url.pathname,
    query: url.search,
    userAgent: headers['user-agent'] ?? '',
    status,
  });
}

function internalError(failure: unknown): ApiFault {
  const why = failure instanceof Error ? failure.message : String(failure);
  return new ApiFault({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${why}` });
}
