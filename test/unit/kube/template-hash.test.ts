import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateHash } from '../../../src/kube/template-hash.ts';

const of = (template: unknown) => templateHash('Deployment', { spec: { template } });

test('the order in which the fields of a template stand does not count', () => {
  assert.equal(of({ a: 1, b: { c: [1], d: null } }), of({ b: { d: null, c: [1] }, a: 1 }));
});

test('whatever else differs between two templates counts', () => {
  const containers = [{ name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }] }];
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
  for (const changed of [
    { ...template, metadata: { labels: { app: 'web' }, annotations: { restartedAt: 'now' } } },
    { ...template, spec: { containers: [{ ...containers[0], image: 'app:2' }] } },
    { ...template, spec: { containers: [{ ...containers[0], env: [{ name: 'A', value: '2' }] }] } },
    { ...template, spec: { containers: [...containers, { name: 'side', image: 'side:1' }] } },
  ]) {
    assert.notEqual(of(changed), of(template));
  }
});

test('nothing beside the template counts', () => {
  const template = { spec: { containers: [] } };
  const more = { metadata: { annotations: { a: '1' } }, spec: { template, replicas: 3 }, status: {} };
  assert.equal(templateHash('Deployment', more), of(template));
});

test('the template of a CronJob is found within the template of its jobs', () => {
  const template = { spec: { containers: [] } };
  const object = { spec: { schedule: '@daily', jobTemplate: { spec: { template } } } };
  assert.equal(templateHash('CronJob', object), of(template));
});
