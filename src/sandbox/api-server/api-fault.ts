import { type JsonObject, numberAt } from '../../model/json.ts';
import type { ResourceType } from './resource-type.ts';

/** One field that was refused, as `details.causes` of a Status names it. */
export interface FieldCause {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden';
  readonly message: string;
  readonly field: string;
}

/** Where an answer is not what was asked for: the parts of a `Status` object that differ from case to case. */
export interface FaultParts {
  readonly code: number;
  /** Empty where the real server names none. */
  readonly reason: string;
  readonly message: string;
  readonly details?: JsonObject;
}

/** A refused request; thrown where the reason is found and turned into a Status where the request is answered. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly code: number;
  readonly reason: string;
  readonly #details: JsonObject | undefined;

  constructor({ code, reason, message, details }: FaultParts) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.#details = details;
  }

  /** Seconds for the header `Retry-After`, where the details name them. */
  get retryAfter(): number | undefined {
    return numberAt(this.#details, 'retryAfterSeconds');
  }

  /** The `Status` object that a client reads. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.#details === undefined ? {} : { details: this.#details }),
      code: this.code,
    };
  }
}

/** The name of a resource as messages of the API server have it: `deployments.apps`, `pods`. */
function qualifiedResource({ group, plural }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The name of a kind as messages of the API server have it: `Deployment.apps`, `Pod`. */
function qualifiedKind({ group, kind }: ResourceType): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function about(type: ResourceType, name: string): JsonObject {
  return { name, ...(type.group === '' ? {} : { group: type.group }), kind: type.plural };
}

/** 404: there is no object of that name. */
export function notFound(type: ResourceType, name: string): ApiFault {
  const message = `${qualifiedResource(type)} "${name}" not found`;
  return new ApiFault({ code: 404, reason: 'NotFound', message, details: about(type, name) });
}

/** 409: an object of that name exists. */
export function alreadyExists(type: ResourceType, name: string): ApiFault {
  const message = `${qualifiedResource(type)} "${name}" already exists`;
  return new ApiFault({ code: 409, reason: 'AlreadyExists', message, details: about(type, name) });
}

/** 409: the object is not what the request takes it for. */
export function conflict(type: ResourceType, name: string, why: string): ApiFault {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(type)} "${name}": ${why}`;
  return new ApiFault({ code: 409, reason: 'Conflict', message, details: about(type, name) });
}

/** 403: what is asked is not allowed now. */
export function forbidden(type: ResourceType, name: string, why: string): ApiFault {
  const message = `${qualifiedResource(type)} "${name}" is forbidden: ${why}`;
  return new ApiFault({ code: 403, reason: 'Forbidden', message, details: about(type, name) });
}

/** 422: the object is not valid; `causes` names each field. */
export function invalid(type: ResourceType, name: string, causes: readonly FieldCause[]): ApiFault {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const group = type.group === '' ? {} : { group: type.group };
  return new ApiFault({
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedKind(type)} "${name}" is invalid: ${list}`,
    details: { ...(name === '' ? {} : { name }), ...group, kind: type.kind, causes },
  });
}

/** 422 as the API server answers a JSON Patch that does not apply: it does not say which operation failed. */
export function patchDoesNotApply(): ApiFault {
  return new ApiFault({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  });
}

/** 400: the request cannot be understood. */
export function badRequest(message: string): ApiFault {
  return new ApiFault({ code: 400, reason: 'BadRequest', message });
}

/** 410: the resource version that was asked for is forgotten. */
export function expired(message: string): ApiFault {
  return new ApiFault({ code: 410, reason: 'Expired', message });
}

/** 504: the resource version that was asked for has not been reached. */
export function tooNew(asked: number, current: number): ApiFault {
  return new ApiFault({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** 405: the resource does not know this verb. */
export function methodNotAllowed(): ApiFault {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiFault({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

/** 415: the body is of a kind that this resource does not take. */
export function unsupportedMediaType(accepted: readonly string[], note = ''): ApiFault {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}${note}`;
  return new ApiFault({ code: 415, reason: 'UnsupportedMediaType', message });
}

/** 413: the body is larger than the server takes. */
export function tooLarge(limit: number): ApiFault {
  const message = `Request entity too large: limit is ${limit}`;
  return new ApiFault({ code: 413, reason: 'RequestEntityTooLarge', message });
}

/** 401: no valid token came with the request. */
export function unauthorized(): ApiFault {
  return new ApiFault({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}
