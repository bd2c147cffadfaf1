import { numberAt, textAt } from '../model/json.ts';

/** What went wrong with a request to the API server, in the words that callers branch on. */
export type KubeErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'Unsupported'
  | 'TooManyRequests'
  | 'Unavailable'
  | 'Timeout'
  | 'Untrusted'
  | 'LimitExceeded'
  | 'BadAnswer'
  | 'Aborted';

/** Which request failed; the query is left out. */
export interface RequestName {
  readonly method: string;
  readonly path: string;
}

/** What the API server said, before it is classified. */
export interface StatusAnswer {
  readonly status: number;
  /** The body, read as JSON where it is JSON: a `Status` object in most cases. */
  readonly body: unknown;
  /** The `Retry-After` header. */
  readonly retryAfter?: string | undefined;
}

interface KubeErrorFields {
  readonly code: KubeErrorCode;
  readonly detail: string;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A failed request to the API server.
 * Its message is one line with method, path and what the server said; it holds no header, query or body of ours.
 */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: KubeErrorCode;
  /** The HTTP status, or undefined where there was no answer. */
  readonly status: number | undefined;
  /** `Status.reason` as the server wrote it: `AlreadyExists`, `Expired`. */
  readonly reason: string | undefined;
  /** What the server said, or the fault in words; one line. */
  readonly detail: string;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Milliseconds that the server asks to wait, or undefined. */
  readonly retryAfter: number | undefined;

  constructor(request: RequestName, fields: KubeErrorFields) {
    const detail = oneLine(fields.detail);
    const status = fields.status === undefined ? '' : `${fields.status} `;
    super(`${request.method} ${oneLine(request.path)}: ${status}${fields.code}: ${detail}`, {
      cause: fields.cause,
    });
    this.code = fields.code;
    this.status = fields.status;
    this.reason = fields.reason;
    this.detail = detail;
    this.retryable = retryableCodes.has(fields.code);
    this.retryAfter = fields.retryAfter;
  }
}

const retryableCodes: ReadonlySet<KubeErrorCode> = new Set([
  'Conflict',
  'TooManyRequests',
  'Unavailable',
  'Timeout',
  'BadAnswer',
]);

/** Codes by HTTP status; what is missing is `BadRequest` below 500 and `Unavailable` from there on. */
const codesByStatus: Readonly<Record<number, KubeErrorCode>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'Unsupported',
  408: 'Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'LimitExceeded',
  415: 'Unsupported',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
};

/** Codes by `Status.reason`, where the reason says more than the HTTP status. */
const codesByReason: Readonly<Record<string, KubeErrorCode>> = {
  AlreadyExists: 'AlreadyExists',
  Expired: 'Gone',
};

/** Classifies an answer that is no success (HTTP semantics; `metav1.Status` for the reason and the wait). */
export function errorOfAnswer(request: RequestName, answer: StatusAnswer): KubeError {
  const { status, body } = answer;
  const reason = textAt(body, 'reason');
  const byReason = reason === undefined ? undefined : codesByReason[reason];
  const code = byReason ?? codesByStatus[status] ?? (status >= 500 ? 'Unavailable' : 'BadRequest');
  const detail = textAt(body, 'message') ?? reason ?? 'no explanation was given';
  return new KubeError(request, { code, detail, status, reason, retryAfter: waitOf(answer) });
}

/** Classifies the `Status` object that an `ERROR` event of a watch carries. */
export function errorOfStatus(request: RequestName, status: unknown): KubeError {
  return errorOfAnswer(request, { status: numberAt(status, 'code') ?? 500, body: status });
}

/** Classifies a fault of the connection: nothing, or not all, was answered. */
export function errorOfFault(request: RequestName, fault: unknown): KubeError {
  if (fault instanceof KubeError) return fault;
  const detail = describeFault(fault);
  return new KubeError(request, { code: codeOfFault(fault), detail, cause: fault });
}

/** An answer that is larger than any honest one. */
export function errorOfLimit(request: RequestName, what: string, bytes: number): KubeError {
  return new KubeError(request, { code: 'LimitExceeded', detail: `${what} exceeds ${bytes} bytes` });
}

/** An answer that is not what the API promises. */
export function errorOfBadAnswer(request: RequestName, detail: string, cause?: unknown): KubeError {
  return new KubeError(request, { code: 'BadAnswer', detail, cause });
}

/** Whether a value is a {@link KubeError}, with one of the given codes where any are given. */
export function isKubeError(value: unknown, ...codes: readonly KubeErrorCode[]): value is KubeError {
  return value instanceof KubeError && (codes.length === 0 || codes.includes(value.code));
}

const certificateFaults = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|^ERR_TLS|^ERR_SSL/;
const timeoutFaults = /TIMEOUT|TIMEDOUT/;

function codeOfFault(fault: unknown): KubeErrorCode {
  const code = textAt(fault, 'code') ?? textAt(fault, 'cause', 'code') ?? '';
  if (certificateFaults.test(code)) return 'Untrusted';
  if (timeoutFaults.test(code)) return 'Timeout';
  return 'Unavailable';
}

function describeFault(fault: unknown): string {
  if (!(fault instanceof Error)) return 'the connection failed';
  const inner =
    fault instanceof AggregateError ? fault.errors.find((each) => each instanceof Error) : undefined;
  const { message } = inner instanceof Error ? inner : fault;
  return message === '' ? (textAt(fault, 'code') ?? fault.name) : message;
}

/** The API server writes whole seconds, never a date; a year-long wait is nobody's intention. */
function waitOf({ retryAfter, body }: StatusAnswer): number | undefined {
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '')
    ? Number(retryAfter)
    : numberAt(body, 'details', 'retryAfterSeconds');
  return seconds === undefined || seconds <= 0 ? undefined : Math.min(seconds, 3_600) * 1_000;
}

/** A server that refuses an object quotes all of it, and says what is wrong with it at the end. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 200)} … ${line.slice(-300)}` : line;
}
