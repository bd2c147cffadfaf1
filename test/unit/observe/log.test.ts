import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Logger } from '../../../src/model/ports.ts';
import { createLogger, prettyLines, type LogLevel } from '../../../src/observe/log.ts';
import { secretOf } from '../../support/secrets.ts';

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
  const secret = secretOf('hunter2');
  const text = logged('info', (log) =>
    log.info({ secret, deep: [{ secret }], error: new Error('no', { cause: secret }) }, 'done'),
  );
  assert.doesNotMatch(text, /hunter2/);
});

test('a message of many lines stays one line of JSON', () => {
  const text = logged('info', (log) => log.info({}, 'a\nb\r\n{"level":"error"}'));
  assert.equal(text.trimEnd().split('\n').length, 1);
});

async function prettyLog(colour: boolean, write: (log: Logger) => void): Promise<string> {
  const lines = new PassThrough();
  write(createLogger({ level: 'info', destination: await prettyLines({ colour, destination: lines }) }));
  return String(lines.read());
}

test('a line for people is one line: time of day, level, message and fields', async () => {
  const text = await prettyLog(false, (log) => log.warn({ workload: 'x', count: 2 }, 'done'));
  assert.match(text, /^\[\d\d:\d\d:\d\d\] WARN: done \{"workload":"x","count":2\}\n$/);
});

test('a line for people is coloured only where it is asked for', async () => {
  const write = (log: Logger) => log.info({}, 'done');
  assert.ok((await prettyLog(true, write)).includes('\u001b['));
  assert.ok(!(await prettyLog(false, write)).includes('\u001b['));
});

test('no secret reaches a line that is made for people', async () => {
  const text = await prettyLog(false, (log) => log.info({ secret: secretOf('hunter2') }, 'done'));
  assert.match(text, /done/);
  assert.doesNotMatch(text, /hunter2/);
});

test('the level can be changed while the log is used', () => {
  const destination = new PassThrough();
  const log = createLogger({ level: 'info', destination });
  log.debug({}, 'unheard');
  log.level = 'debug';
  log.debug({}, 'heard');
  assert.deepEqual(String(destination.read()).match(/"msg":"(\w+)"/g), ['"msg":"heard"']);
});
