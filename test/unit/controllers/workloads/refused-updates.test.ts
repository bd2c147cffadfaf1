import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedUpdates } from '../../../../src/controllers/workloads/refused-updates.ts';
import type { Change } from '../../../../src/model/decision.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const workload = aWorkload();
const change = (to: string): Change => ({
  container: containerOf(workload),
  to,
  how: 'image',
  digest: digestOf(to),
  policy: 'minor',
});
const update = [change('app:1.3.0')];

test('a refused update rests, longer with each refusal, at most ten minutes', async () => {
  const clock = new FakeClock();
  const refused = new RefusedUpdates(clock);
  for (const longest of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
    refused.refuse(workload, update, 'no');
    const { wait = 0, message } = refused.resting(workload, update) ?? {};
    assert.equal(message, 'no');
    assert.ok(wait >= longest / 2 && wait <= longest, `${wait} of ${longest}`);
    await clock.advance(wait);
    assert.equal(refused.resting(workload, update), undefined);
  }
});

test('another update, another generation and another workload of that name are tried at once', () => {
  const refused = new RefusedUpdates(new FakeClock());
  refused.refuse(workload, update, 'no');
  assert.equal(refused.resting(workload, [change('app:1.4.0')]), undefined);
  assert.equal(refused.resting({ ...workload, generation: 2 }, update), undefined);
  assert.equal(refused.resting({ ...workload, uid: 'other' }, update), undefined);
});

test('one that is refused does not end the rest of another', () => {
  const refused = new RefusedUpdates(new FakeClock());
  const other = [change('app:1.4.0')];
  refused.refuse(workload, update, 'no');
  refused.refuse(workload, other, 'nor that');
  assert.deepEqual(
    [update, other].map((each) => refused.resting(workload, each)?.message),
    ['no', 'nor that'],
  );
});

test('only the last refusals of a workload are remembered', () => {
  const refused = new RefusedUpdates(new FakeClock());
  for (let version = 0; version < 100; version++)
    refused.refuse(workload, [change(`app:2.${version}`)], 'no');
  assert.equal(refused.resting(workload, [change('app:2.0')]), undefined);
  assert.equal(refused.resting(workload, [change('app:2.99')])?.message, 'no');
});

test('what is forgotten does not rest', () => {
  const refused = new RefusedUpdates(new FakeClock());
  refused.refuse(workload, update, 'no');
  refused.forget('Deployment/shop/web');
  assert.equal(refused.resting(workload, update), undefined);
});
