import type { Rendering } from './watch.ts';

/** A request, read and understood as far as HTTP goes. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Media type of the body without parameters. */
  readonly contentType: string;
  readonly userAgent: string;
  /** The parsed JSON body; undefined where there is none. */
  readonly body: unknown;
}

/** What is answered: a JSON text, and warnings for the header of that name. */
export interface ApiAnswer {
  readonly code: number;
  readonly text: string;
  readonly warnings?: readonly string[];
  /** `application/json` unless said otherwise. */
  readonly contentType?: string;
}

/** An answer that holds a JSON value. */
export function jsonAnswer(code: number, value: unknown): ApiAnswer {
  return { code, text: JSON.stringify(value) };
}

/** How a client wants objects shown: the first alternative of its `Accept` header that this server knows. */
export function renderingOf(request: ApiRequest): Rendering | undefined {
  if (request.accept === '') return { kind: 'object' };
  for (const alternative of request.accept.split(',')) {
    const [mediaType = '', ...parameters] = alternative.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(mediaType)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return { kind: 'object' };
    if (as === 'Table') return { kind: 'table', includeObject: includeObject(request.query) };
    if (as.startsWith('PartialObjectMetadata')) return { kind: 'metadata' };
  }
  return undefined;
}

function includeObject(query: URLSearchParams): 'None' | 'Metadata' | 'Object' {
  const text = query.get('includeObject');
  return text === 'None' || text === 'Object' ? text : 'Metadata';
}
