import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { numberAt, textAt } from '../../src/model/json.ts';
import { controllerUser, required } from './installation.ts';

/** A request of the controller's service account, as the audit log has it. */
export interface AuditedRequest {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `trackedimages/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly code: number;
  /** Why it failed, where it did. */
  readonly message: string;
  /** Why it was allowed: names the binding and the role. */
  readonly allowedBy: string;
  /** `User-Agent`. */
  readonly agent: string;
  /** When it came, as the audit log writes it: in UTC, and texts are ordered as their times. */
  readonly at: string;
}

/** Every request that the controller's service account has made so far, in order, or since a position. */
export function auditedRequests(since = 0): readonly AuditedRequest[] {
  // An administrator who acts as that account has another user here.
  const itself = `"user":{"username":"${controllerUser}"`;
  return auditLines(required('PLIMSOLL_TEST_AUDIT_LOG'), since)
    .filter((line) => line.includes(itself))
    .map(readRequest);
}

/** Where the audit log ends by now. */
export function auditPosition(): number {
  return statSync(required('PLIMSOLL_TEST_AUDIT_LOG')).size;
}

/** The lines of an audit log, or those that begin at a position or behind it, without one that is only half written yet. */
export function auditLines(file: string, since = 0): readonly string[] {
  // The end of the line before tells whether a line begins at the position.
  const start = Math.max(since - 1, 0);
  const written = Buffer.alloc(Math.max(statSync(file).size - start, 0));
  const log = openSync(file, 'r');
  try {
    readSync(log, written, { position: start });
  } finally {
    closeSync(log);
  }
  const lines = written.toString().split('\n').slice(0, -1);
  return since > 0 ? lines.slice(1) : lines;
}

/**
 * Whether a request was refused to the account. That a namespace is on its way out refuses whatever anybody makes there, and
 * a controller that works everywhere hears of it a moment later.
 */
export function isRefused({ code, message }: AuditedRequest): boolean {
  return code === 403 && !message.endsWith('because it is being terminated');
}

function readRequest(line: string): AuditedRequest {
  const entry: unknown = JSON.parse(line);
  const resource = textAt(entry, 'objectRef', 'resource') ?? '';
  const subresource = textAt(entry, 'objectRef', 'subresource');
  return {
    verb: textAt(entry, 'verb') ?? '',
    group: textAt(entry, 'objectRef', 'apiGroup') ?? '',
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace: textAt(entry, 'objectRef', 'namespace') ?? '',
    code: numberAt(entry, 'responseStatus', 'code') ?? 0,
    message: textAt(entry, 'responseStatus', 'message') ?? '',
    allowedBy: textAt(entry, 'annotations', 'authorization.k8s.io/reason') ?? '',
    agent: textAt(entry, 'userAgent') ?? '',
    at: textAt(entry, 'requestReceivedTimestamp') ?? '',
  };
}
