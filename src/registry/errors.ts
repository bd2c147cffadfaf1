import type { Reason } from '../model/reasons.ts';

/** The reasons of the catalogue that a registry can give. */
export type RegistryErrorCode = Extract<
  Reason,
  | 'Unauthorized'
  | 'Forbidden'
  | 'RepositoryNotFound'
  | 'RateLimited'
  | 'Unavailable'
  | 'TLSUntrusted'
  | 'NotARegistry'
  | 'UnsafeRealm'
  | 'DigestMismatch'
  | 'LimitExceeded'
  | 'UnsupportedManifest'
>;

/** What was being done, for messages. */
export interface Subject {
  /** Canonical registry host. */
  readonly registry: string;
  readonly path: string;
  /** Completes "cannot …": `list tags`, `resolve tag 1.2`. */
  readonly doing: string;
}

/** What is known of a failure besides its code and message. */
export interface RegistryErrorDetails {
  /** Whether the same request may succeed within seconds. */
  readonly retryable?: boolean | undefined;
  /** Milliseconds that the registry asked us to wait. */
  readonly retryAfter?: number | undefined;
  /** The part of the message that says why, without what was being done. */
  readonly why?: string;
  readonly cause?: unknown;
}

/**
 * A registry did not give what was asked for. The message is one line that says where, what, why and what to do;
 * it holds no secret and is safe to show. `code` is a reason of the catalogue.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  readonly retryable: boolean;
  /** Milliseconds from the failure until asking again makes sense; undefined where nobody said. */
  readonly retryAfter: number | undefined;
  /** The part of the message that says why and what to do. */
  readonly why: string;

  constructor(code: RegistryErrorCode, message: string, details: RegistryErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.retryAfter = details.retryAfter;
    this.why = details.why ?? message;
  }
}

/** Builds an error about a subject; `why` says what happened and what to do. */
export function failure(
  code: RegistryErrorCode,
  { registry, path, doing }: Subject,
  why: string,
  details: RegistryErrorDetails = {},
): RegistryError {
  return new RegistryError(code, `${registry}/${path}: cannot ${doing}: ${why}`, { ...details, why });
}

/** Makes text of a registry safe to show: one line without control characters, at most 200 characters. */
export function scrub(text: string): string {
  const line = text
    .slice(0, 4_096)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
