import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Logger } from '../../../src/model/ports.ts';
import { Secret } from '../../../src/model/secret.ts';
import { createLogger, prettyLines, type LogLevel } from '../../../src/observe/log.ts';

function logged(level: LogLevel, write: (log: Logger) => void): string {
  const destination = new PassThrough();
  write(createLogger({ level, destination }));
  return String(destination.read() ?? '');
}

test('a line is one JSON object with level, time, fields and message', () => {
  const text = logged('info', (log) => log.info({ workload: 'x' }, 'done'));
  const line = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual([line['level'], line['workload'], line['msg']], ['info', 'x', 'done']);
  assert.match(String(line['time']), /^\d{4}-\d{2}-\d{2}T/);
  assert.deepEqual(Object.keys(line).toSorted(), ['level', 'msg', 'time', 'workload']);
});

test('what is less than the level is left out', () => {
  const text = logged('warn', (log) => {
    log.debug({}, 'debug');
    log.info({}, 'info');
    log.warn({}, 'warn');
    log.error({}, 'error');
  });
  assert.deepEqual(text.match(/"msg":"(\w+)"/g), ['"msg":"warn"', '"msg":"error"']);
  assert.equal(
    logged('silent', (log) => log.error({}, 'no')),
    '',
  );
});

test('no secret reaches a line', () => {
  const secret = new Secret('hunter2');
  const text = logged('info', (log) =>
    log.info({ secret, deep: [{ secret }], error: new Error('no', { cause: secret }) }, 'done'),
  );
  assert.doesNotMatch(text, /hunter2/);
});

test('a message of many lines stays one line of JSON', () => {
  const text = logged('info', (log) => log.info({}, 'a\nb\r\n{"level":"error"}'));
  assert.equal(text.trimEnd().split('\n').length, 1);
});

test('no secret reaches a line that is made for people', async () => {
  const lines = new PassThrough();
  const logger = createLogger({ level: 'info', destination: await prettyLines(lines) });
  logger.info({ secret: new Secret('hunter2') }, 'done');
  const text = String(lines.read());
  assert.match(text, /done/);
  assert.doesNotMatch(text, /hunter2/);
});
