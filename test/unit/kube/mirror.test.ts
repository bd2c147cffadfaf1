import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Mirror } from '../../../src/kube/mirror.ts';
import { objectKey, Store } from '../../../src/kube/store.ts';
import { type JsonObject, textAt } from '../../../src/model/json.ts';

const thing = (name: string, resourceVersion: string, uid = `uid-${name}`): JsonObject => ({
  metadata: { namespace: 'shop', name, uid, resourceVersion },
});

function given(store = new Store<string>()) {
  const changes: string[] = [];
  store.onChange((key, now, before) => changes.push(`${key}: ${before ?? '-'} → ${now ?? '-'}`));
  const mirror = new Mirror(store, (object) => {
    const version = textAt(object, 'metadata', 'resourceVersion');
    return version === 'unwanted' ? undefined : version;
  });
  return { store, mirror, changes };
}

describe('a mirror', () => {
  it('takes out what a list no longer has, once the list is complete', () => {
    const { mirror, store, changes } = given();
    mirror.put(thing('a', '1'));
    mirror.put(thing('b', '1'));

    mirror.beginList();
    mirror.put(thing('b', '1'));
    assert.equal(store.size, 2);
    mirror.endList();

    assert.deepEqual(store.keys(), ['shop/b']);
    assert.equal(changes.at(-1), 'shop/a: 1 → -');
  });

  it('forgets the first half of a list that began again', () => {
    const { mirror, store } = given();
    mirror.beginList();
    mirror.put(thing('deleted-meanwhile', '1'));

    mirror.beginList();
    mirror.put(thing('a', '2'));
    mirror.endList();

    assert.deepEqual(store.keys(), ['shop/a']);
  });

  it('says nothing of a version that it has already', () => {
    const { mirror, changes } = given();
    mirror.put(thing('a', '1'));
    mirror.put(thing('a', '1'));

    assert.deepEqual(changes, ['shop/a: - → 1']);
  });

  it('tells another uid under the same name as a deletion and an addition', () => {
    const { mirror, changes } = given();
    mirror.put(thing('a', '1', 'old'));
    mirror.put(thing('a', '6', 'new'));

    assert.deepEqual(changes, ['shop/a: - → 1', 'shop/a: 1 → -', 'shop/a: - → 6']);
  });

  it('does not let the late deletion of an older object take out a newer one', () => {
    const { mirror, store } = given();
    mirror.put(thing('a', '1', 'new'));
    mirror.remove(thing('a', '2', 'old'));

    assert.equal(store.get('shop/a'), '1');
  });

  it('takes out what its projection no longer keeps, and takes it in again', () => {
    const { mirror, store } = given();
    mirror.put(thing('a', '1'));
    mirror.put(thing('a', 'unwanted'));
    assert.equal(store.size, 0);
    assert.equal(mirror.size, 1);

    mirror.put(thing('a', '3'));
    assert.equal(store.get('shop/a'), '3');
  });

  it('leaves alone what another mirror has put into the same store', () => {
    const { mirror, store } = given();
    const { mirror: other } = given(store);
    other.put({ metadata: { namespace: 'other', name: 'z', uid: 'z', resourceVersion: '1' } });
    mirror.put(thing('a', '1'));

    mirror.beginList();
    mirror.endList();
    assert.deepEqual(store.keys(), ['other/z']);
    other.clear();
    assert.equal(store.size, 0);
  });

  it('refuses what has no name, uid or version', () => {
    const { mirror, store } = given();

    assert.equal(mirror.put({ metadata: { name: 'a' } }), false);
    assert.equal(mirror.remove({}), false);
    assert.equal(store.size, 0);
  });

  it('takes everything out although a listener fails on each', () => {
    const { mirror, store } = given();
    mirror.put(thing('a', '1'));
    mirror.put(thing('b', '1'));
    store.onChange(() => {
      throw new Error('a bug');
    });

    assert.throws(() => mirror.clear(), /a listener failed on shop\/a/);
    assert.equal(store.size, 0);
  });
});

describe('a store', () => {
  it('tells each listener until it has had enough', () => {
    const store = new Store<number>();
    const heard: string[] = [];
    const stop = store.onChange((key) => heard.push(key));

    store.set('a', 1);
    store.delete('missing');
    stop();
    store.set('b', 2);

    assert.deepEqual(heard, ['a']);
    assert.deepEqual(store.list(), [1, 2]);
  });

  it('names cluster-scoped objects by their name alone', () => {
    assert.equal(objectKey(undefined, 'shop'), 'shop');
    assert.equal(objectKey('', 'shop'), 'shop');
    assert.equal(objectKey('shop', 'web'), 'shop/web');
  });
});
