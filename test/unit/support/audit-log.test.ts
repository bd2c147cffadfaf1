import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type AuditedRequest, auditLines, isRefused } from '../../support/audit-log.ts';

describe('the lines of an audit log', () => {
  it('are all that are complete: somebody may be writing the last one', (context) => {
    const log = logOf(context, '{"a":1}\n{"b":2}\n{"c"');
    assert.deepEqual(auditLines(log), ['{"a":1}', '{"b":2}']);
    assert.deepEqual(auditLines(logOf(context, '')), []);
  });

  it('begin at a position or behind it, so that each is told of once', (context) => {
    const log = logOf(context, 'aaaa\nbbbb\ncccc\n');
    assert.deepEqual(auditLines(log, 5), ['bbbb', 'cccc'], 'where a line begins');
    assert.deepEqual(auditLines(log, 7), ['cccc'], 'within a line');
    assert.deepEqual(auditLines(log, 15), [], 'at the end');
  });
});

describe('a request that was answered with 403', () => {
  const request: AuditedRequest = {
    verb: 'create',
    group: 'plimsoll.dev',
    resource: 'trackedimages',
    namespace: 'shop',
    code: 403,
    message: 'trackedimages.plimsoll.dev is forbidden: User "u" cannot create resource "trackedimages"',
    allowedBy: '',
    agent: 'plimsoll/test',
    at: '2026-01-01T00:00:00Z',
  };

  it('was refused to the account', () => {
    assert.ok(isRefused(request));
    assert.ok(!isRefused({ ...request, code: 201, message: '' }));
  });

  it('was not, where nobody may make anything because the namespace is on its way out', () => {
    const message =
      'trackedimages.plimsoll.dev "x" is forbidden: unable to create new content in namespace shop because it is being terminated';
    assert.ok(!isRefused({ ...request, message }));
  });
});

function logOf(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-audit-log-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'audit.log');
  writeFileSync(log, text);
  return log;
}
