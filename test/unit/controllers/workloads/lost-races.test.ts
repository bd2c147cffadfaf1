import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostRaces } from '../../../../src/controllers/workloads/lost-races.ts';

const [web, api] = ['Deployment/shop/web', 'Deployment/shop/api'] as const;

test('who loses again and again waits longer each time, and each workload for itself', () => {
  const races = new LostRaces();
  const waits = Array.from({ length: 12 }, () => races.lose(web));
  assert.ok((waits[0] ?? 0) <= 200);
  assert.ok((waits[11] ?? 0) >= 30_000);
  assert.ok(races.lose(api) <= 200);
});

test('a loss after a success is the first again', () => {
  const races = new LostRaces();
  for (let time = 0; time < 8; time++) races.lose(web);
  races.forget(web);
  assert.ok(races.lose(web) <= 200);
});
