import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSubject, type Subject } from '../../../src/commands/subject.ts';

const web: Subject = { of: 'workload', workload: { kind: 'Deployment', name: 'web' } };
const image: Subject = { of: 'trackedImage', name: 'deployment.web.app' };

const named: readonly (readonly [line: string, subject: Subject, rest?: readonly string[]])[] = [
  ['deployment/web', web],
  ['Deployment/web', web],
  ['deploy/web', web],
  ['deployments/web', web],
  ['deployments.apps/web', web],
  ['deployment.v1.apps/web', web],
  ['deployment web', web],
  ['deployment/web 1.6.0', web, ['1.6.0']],
  ['deployment web 1.6.0 1.7.0', web, ['1.6.0', '1.7.0']],
  ['sts/database', { of: 'workload', workload: { kind: 'StatefulSet', name: 'database' } }],
  ['ti/deployment.web.app', image],
  ['trackedimage.plimsoll.dev/deployment.web.app', image],
  ['deployment.web.app', image],
  ['deployment.web.app 1.6.0', image, ['1.6.0']],
];

for (const [line, subject, rest = []] of named) {
  test(`${line} names one thing, as kubectl would read it`, () => {
    assert.deepEqual(readSubject(line.split(' ')), { ok: true, subject, rest });
  });
}

const wrong: readonly (readonly [line: string, message: string])[] = [
  ['', 'name one workload as KIND/NAME'],
  ['deployment', 'name one workload as KIND/NAME'],
  ['deployment/', 'name one workload as KIND/NAME'],
  ['web', 'name one workload as KIND/NAME, deployment/web for example'],
  ['deploymnt/web', '"deploymnt" is not a kind that is followed; did you mean "deployment"?'],
  ['deployment.batch/web', '"deployment.batch" is not a kind that is followed'],
];

for (const [line, message] of wrong) {
  test(`${JSON.stringify(line)} is refused in one line`, () => {
    assert.deepEqual(readSubject(line === '' ? [] : line.split(' ')), { ok: false, message });
  });
}
