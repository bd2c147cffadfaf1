import { listAt, textAt } from '../model/json.ts';
import { failure, scrub, type RegistryError, type Subject } from './errors.ts';
import { parseJsonBody } from './json-body.ts';

/** Why a request was broken off by ourselves. */
export class BrokenOff extends Error {
  readonly code: 'TOO_LARGE' | 'TOO_SLOW' | 'BAD_ENCODING';

  constructor(code: 'TOO_LARGE' | 'TOO_SLOW' | 'BAD_ENCODING', message: string) {
    super(message);
    this.code = code;
  }
}

/** Certificate errors of OpenSSL and Node that mean "not trusted" rather than "not reachable". */
const untrusted =
  /^(?:CERT_|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;

/** What a person can do about the usual system errors. */
const advice: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name does not resolve; check the spelling of the image and the DNS',
  EAI_AGAIN: 'the DNS does not answer; it is tried again',
  ECONNREFUSED: 'the connection was refused; check that it runs and that the port is right',
  EHOSTUNREACH: 'there is no route to it; check the network policy',
  ENETUNREACH: 'there is no route to it; check the network policy',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit; check the network policy',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit; it is tried again',
  UND_ERR_BODY_TIMEOUT: 'the answer stalled; it is tried again',
  TOO_SLOW: 'no complete answer within the time limit; it is tried again',
};

/** Classifies what was thrown while a request was made: the one place that knows the errors of undici, TLS and DNS. */
export function faultOf(thrown: unknown, subject: Subject): RegistryError {
  const code = codeOf(thrown);
  // The thrown error itself is not kept: it may carry headers.
  const cause = new Error(code);
  if (untrusted.test(code)) {
    const why = `its certificate is not trusted (${code}); configure its CA under tls.ca_file of the registry`;
    return failure('TLSUntrusted', subject, why, { cause });
  }
  if (code === 'ADDRESS_FORBIDDEN') {
    const why =
      'the name resolves to an address that no registry has for others, which is not asked; ' +
      'if it is meant, name the host in the registries file';
    return failure('UnsafeRealm', subject, why, { cause });
  }
  if (
    code === 'TOO_LARGE' ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
  ) {
    return failure('LimitExceeded', subject, 'the answer is larger than any honest one', { cause });
  }
  if (code.startsWith('HPE_') || code === 'HTTPParserError' || code === 'BAD_ENCODING') {
    const why = 'the host does not speak HTTP as a registry does; check the name and the port';
    return failure('NotARegistry', subject, why, { cause });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    const why = `the TLS handshake failed (${code}); if it speaks plain http, configure an http:// endpoint for it`;
    return failure('Unavailable', subject, why, { cause });
  }
  const why = advice[code] ?? `the connection failed (${code}); it is tried again`;
  return failure('Unavailable', subject, why, { cause, retryable: true });
}

function codeOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  if (typeof code === 'string') return scrub(code);
  return thrown instanceof Error ? scrub(thrown.name) : 'unknown error';
}

/** The part of an answer that says why a registry refused. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** Milliseconds to wait, from `Retry-After`. */
  readonly retryAfter: number | undefined;
}

/** Classifies an answer that is not the one wanted (OCI distribution specification, "Error codes"). */
export function refusalOf(refusal: Refusal, subject: Subject): RegistryError {
  const { status, retryAfter } = refusal;
  const answered = answeredText(refusal);
  switch (status) {
    case 401:
      return failure(
        'Unauthorized',
        subject,
        `${answered}; give the workload a pull secret that may read it`,
      );
    case 403:
    case 412:
      return failure('Forbidden', subject, `${answered}; check what the credential may read`);
    case 404:
      if (refusal.contentType.startsWith('text/html')) return notARegistry(subject, answered);
      return failure(
        'RepositoryNotFound',
        subject,
        `${answered}; check the name, and the credential if it is private`,
      );
    case 429:
      return failure('RateLimited', subject, `${answered}; it is asked again later`, {
        retryAfter,
        retryable: true,
      });
    default: {
      const why = status >= 300 && status < 400 ? `${answered}, which is no redirect to follow` : answered;
      return failure('Unavailable', subject, why, { retryable: isTransient(status), retryAfter });
    }
  }
}

/** What a registry answered, in words. */
export function answeredText(refusal: Refusal): string {
  const said = saidBy(refusal);
  return `the registry answered ${refusal.status}${said === '' ? '' : ` (${said})`}`;
}

/**
 * Whether a 429 of Docker Hub means that the pulls are used up, which are counted over hours, and not that requests
 * come too fast, which passes within a minute and is said in plain text.
 */
export function isPullLimit(refusal: Refusal, remaining: number | undefined): boolean {
  return remaining === 0 || errorCodeIn(refusal.body) === 'TOOMANYREQUESTS';
}

/** The error for an answer that no registry gives. */
export function notARegistry(subject: Subject, why: string): RegistryError {
  return failure(
    'NotARegistry',
    subject,
    `${why}; it does not look like a registry, check the host of the image`,
  );
}

/** Whether a status may be another one a moment later. 499 and 522 are those of proxies. */
export function isTransient(status: number): boolean {
  return [408, 429, 499, 500, 502, 503, 504, 522].includes(status);
}

/** The first error code of an error document, such as `NAME_UNKNOWN`. */
export function errorCodeIn(body: Buffer): string | undefined {
  return textAt(firstError(body), 'code');
}

function saidBy({ body }: Refusal): string {
  const error = firstError(body);
  return scrub(
    [textAt(error, 'code'), textAt(error, 'message')].filter((text) => text !== undefined).join(': '),
  );
}

function firstError(body: Buffer): unknown {
  return listAt(parseJsonBody(body), 'errors')[0];
}
