import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkloadCache } from '../../../../src/controllers/workloads/workload-cache.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('every workload that comes, changes or goes is told by its key', () => {
  const told: string[] = [];
  const cache = new WorkloadCache(new FakeClock());
  cache.onChange = (key) => told.push(key);
  const store = cache.store('Deployment');
  store.set('shop/web', aWorkload());
  store.set('shop/web', { ...aWorkload(), resourceVersion: '2' });
  store.delete('shop/web');
  assert.deepEqual(told, ['Deployment/shop/web', 'Deployment/shop/web', 'Deployment/shop/web']);
});

test('a workload is found by its key, and what was written before what the watch brought', async () => {
  const cache = new WorkloadCache(new FakeClock());
  const workload = aWorkload();
  cache.store('Deployment').set('shop/web', workload);
  assert.equal(cache.get('Deployment/shop/web'), workload);
  assert.deepEqual(cache.list(), [workload]);
  const written = { ...workload, resourceVersion: '2' };
  await cache.through(
    workload,
    async () => written,
    (answer) => answer,
  );
  assert.equal(cache.get('Deployment/shop/web'), written);
  assert.equal(cache.get('Deployment/shop/other'), undefined);
});
