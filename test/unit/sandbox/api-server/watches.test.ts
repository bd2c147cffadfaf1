import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, listAt, numberAt, textAt } from '../../../../src/model/json.ts';
import { configMap, configMaps, TestApi } from './harness.ts';

const latest = async (api: TestApi) =>
  textAt((await api.get(configMaps)).body, 'metadata', 'resourceVersion') ?? '';

test('a watch tells every change from the version of the list on', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('before'));
  const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${await latest(api)}`, context);
  await api.post(configMaps, configMap('a'));
  await api.merge(`${configMaps}/a`, { data: { key: 'other' } });
  await api.delete(`${configMaps}/a`);
  await watch.untilTold(3);
  assert.deepEqual(watch.told, ['ADDED a', 'MODIFIED a', 'DELETED a']);
});

test('a watch that resumes is told what it missed, in order', async (context) => {
  const api = await TestApi.start(context);
  const version = await latest(api);
  await api.post(configMaps, configMap('a'));
  await api.post(configMaps, configMap('b'));
  await api.delete(`${configMaps}/a`);
  const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${version}`, context);
  await watch.untilTold(3);
  assert.deepEqual(watch.told, ['ADDED a', 'ADDED b', 'DELETED a']);
});

test('a watch without a version begins with what is there', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('a'));
  const watch = await api.watch(`${configMaps}?watch=true`, context);
  await watch.untilTold(1);
  assert.deepEqual(watch.told, ['ADDED a']);
});

test('after a compaction an old version is answered with an ERROR event of 410', async (context) => {
  const api = await TestApi.start(context);
  const version = await latest(api);
  await api.post(configMaps, configMap('a'));
  api.server.compact();
  const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${version}`, context);
  await watch.untilEnded();
  const [event] = watch.events;
  assert.equal(event?.['type'], 'ERROR');
  assert.equal(numberAt(event, 'object', 'code'), 410);
  assert.equal(textAt(event, 'object', 'reason'), 'Expired');
});

test('bookmarks come once a minute to those who ask for them', async (context) => {
  const api = await TestApi.start(context);
  const version = await latest(api);
  const from = `watch=true&resourceVersion=${version}`;
  const asking = await api.watch(`${configMaps}?${from}&allowWatchBookmarks=true`, context);
  const other = await api.watch(`${configMaps}?${from}`, context);
  await api.clock.advance(60_000);
  await asking.untilTold(1);
  await api.clock.advance(60_000);
  await asking.untilTold(2);
  assert.deepEqual(asking.told, ['BOOKMARK', 'BOOKMARK']);
  assert.equal(textAt(asking.events[0], 'object', 'metadata', 'resourceVersion'), version);
  assert.deepEqual(other.told, []);
});

test('initial events end with a bookmark that says so', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('a'));
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watch = await api.watch(`${configMaps}?${query}`, context);
  await watch.untilTold(2);
  assert.deepEqual(watch.told, ['ADDED a', 'BOOKMARK']);
  const annotations = at(watch.events[1], 'object', 'metadata', 'annotations');
  assert.deepEqual(annotations, { 'k8s.io/initial-events-end': 'true' });
});

test('an object that comes to match a selector is added, one that ceases to is deleted', async (context) => {
  const api = await TestApi.start(context);
  const from = `watch=true&resourceVersion=${await latest(api)}`;
  const watch = await api.watch(`${configMaps}?${from}&labelSelector=tier%3Dfront`, context);
  await api.post(configMaps, configMap('a'));
  await api.merge(`${configMaps}/a`, { metadata: { labels: { tier: 'front' } } });
  await api.merge(`${configMaps}/a`, { metadata: { labels: { tier: 'back' } } });
  await watch.untilTold(2);
  assert.deepEqual(watch.told, ['ADDED a', 'DELETED a']);
});

test('a watch ends in good order when its time is up', async (context) => {
  const api = await TestApi.start(context);
  const watch = await api.watch(`${configMaps}?watch=true&timeoutSeconds=5`, context);
  await api.clock.advance(5_000);
  await watch.untilEnded();
  assert.equal(watch.ending, 'ended');
  assert.equal(api.server.openWatches, 0);
});

test('a watch can be cut in the middle of a line', async (context) => {
  const api = await TestApi.start(context);
  const watch = await api.watch(`${configMaps}?watch=true`, context);
  api.server.cutWatches({ midLine: true });
  await watch.untilEnded();
  assert.equal(watch.ending, 'broken');
  assert.notEqual(watch.rest, '');
});

test('a watch of one object tells of that object only', async (context) => {
  const api = await TestApi.start(context);
  const watch = await api.watch(`${configMaps}?watch=true&fieldSelector=metadata.name%3Db`, context);
  await api.post(configMaps, configMap('a'));
  await api.post(configMaps, configMap('b'));
  await watch.untilTold(1);
  assert.deepEqual(watch.told, ['ADDED b']);
});

test('a list is read page by page as it was at its first page', async (context) => {
  const api = await TestApi.start(context);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.post(configMaps, configMap(name));
  const first = await api.get(`${configMaps}?limit=2`);
  await api.post(configMaps, configMap('bb'));
  await api.delete(`${configMaps}/d`);
  const names = listAt(first.body, 'items').map((item) => textAt(item, 'metadata', 'name'));
  assert.equal(numberAt(first.body, 'metadata', 'remainingItemCount'), 3);
  let next = textAt(first.body, 'metadata', 'continue');
  while (next !== undefined) {
    const { body } = await api.get(`${configMaps}?limit=2&continue=${next}`);
    names.push(...listAt(body, 'items').map((item) => textAt(item, 'metadata', 'name')));
    next = textAt(body, 'metadata', 'continue');
    assert.equal(
      textAt(body, 'metadata', 'resourceVersion'),
      textAt(first.body, 'metadata', 'resourceVersion'),
    );
  }
  assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e']);
});

test('after a compaction a list cannot go on', async (context) => {
  const api = await TestApi.start(context);
  for (const name of ['a', 'b', 'c']) await api.post(configMaps, configMap(name));
  const next = textAt((await api.get(`${configMaps}?limit=2`)).body, 'metadata', 'continue');
  api.server.compact();
  const { code, body } = await api.get(`${configMaps}?limit=2&continue=${next}`);
  assert.equal(code, 410);
  assert.equal(body['reason'], 'Expired');
});
