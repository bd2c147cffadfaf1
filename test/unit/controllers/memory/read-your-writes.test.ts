import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ReadYourWrites } from '../../../../src/controllers/memory/read-your-writes.ts';
import { Store } from '../../../../src/kube/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

interface Thing {
  readonly resourceVersion: string;
}

const [v1, v2, v3] = [{ resourceVersion: 'a' }, { resourceVersion: 'b' }, { resourceVersion: 'c' }] as const;
let store: Store<Thing>;
let clock: FakeClock;
let known: ReadYourWrites<Thing>;

beforeEach(() => {
  store = new Store();
  clock = new FakeClock();
  known = new ReadYourWrites(store, clock);
  store.set('k', v1);
});

function write(
  answer: Thing | undefined,
  meanwhile: () => void = () => undefined,
): Promise<Thing | undefined> {
  const request = async () => {
    meanwhile();
    return answer;
  };
  return known.through('k', request, (object) => object);
}

test('what was written is read before the watch brings it', async () => {
  assert.equal(await write(v2), v2);
  assert.equal(known.get('k'), v2);
  store.set('k', v2);
  store.set('k', v3);
  assert.equal(known.get('k'), v3);
});

test('an older version that the watch still brings does not hide the write', async () => {
  await write(v3);
  store.set('k', v2);
  assert.equal(known.get('k'), v3);
});

test('a watch that is faster than the answer is believed', async () => {
  await write(v2, () => {
    store.set('k', v2);
    store.set('k', v3);
  });
  assert.equal(known.get('k'), v3);
});

test('a write that changed nothing leaves nothing ahead', async () => {
  await write(v1);
  store.set('k', v2);
  assert.equal(known.get('k'), v2);
});

test('a deletion ends the lead', async () => {
  await write(v2);
  store.delete('k');
  assert.equal(known.get('k'), undefined);
});

test('ten seconds after it has brought another version, the watch is believed again', async () => {
  await write(v2);
  store.set('k', v3);
  await clock.advance(9_999);
  assert.equal(known.get('k'), v2);
  await clock.advance(1);
  assert.equal(known.get('k'), v3);
});

test('whoever looked at a write, while the watch had gone on, is told to look again when the watch is believed', async () => {
  await write(v2);
  const seen: (Thing | undefined)[] = [];
  store.onChange((key) => seen.push(known.get(key)));
  store.set('k', v3);
  await clock.advance(10_000);
  assert.deepEqual(seen, [v2, v3]);
});

test('a write that the watch has brought leaves no timer behind', async () => {
  await write(v3);
  store.set('k', v2);
  store.set('k', v3);
  assert.equal(clock.waiting, 0);
});

test('while the watch brings nothing, however long it is cut, the write is not forgotten', async () => {
  await write(v2);
  await clock.advance(3_600_000);
  assert.equal(known.get('k'), v2);
});

test('a new object that the watch never brings is forgotten after ten seconds', async () => {
  await known.through(
    'new',
    async () => v2,
    (object) => object,
  );
  await clock.advance(10_000);
  assert.equal(known.get('new'), undefined);
});

test('an answer without an object, and a request that fails, change nothing', async () => {
  await write(undefined);
  assert.equal(known.get('k'), v1);
  const failing = known.through(
    'k',
    () => Promise.reject(new Error('no')),
    () => v2,
  );
  await assert.rejects(failing, /no/);
  assert.equal(known.get('k'), v1);
});

test('a new object is read before the watch brings it', async () => {
  await known.through(
    'new',
    async () => v2,
    (object) => object,
  );
  assert.equal(known.get('new'), v2);
});
