import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectTag, type SelectionRequest } from '../../../src/versioning/select.ts';
import { filterOf, policyOf } from './policies.ts';

const now = Date.UTC(2026, 5, 1);

type Times = Readonly<Record<string, { readonly created?: string; readonly pushed?: string }>>;

function newest(current: string, times: Times, options: Partial<SelectionRequest> = {}): string | undefined {
  const request = { current, policy: policyOf('newest'), tags: Object.keys(times), now, ...options };
  const selected = selectTag({ ...request, times: new Map(Object.entries(times)) });
  assert.ok(selected.ok);
  return selected.value.choice;
}

test('the tag that was pushed last is chosen, whatever its name', () => {
  const times = {
    'main-1': { pushed: '2026-01-01T00:00:00Z' },
    'main-2': { pushed: '2026-03-01T00:00:00Z' },
    'main-3': { pushed: '2026-02-01T00:00:00Z' },
  };
  assert.equal(newest('main-1', times), 'main-2');
});

test('the push time of the registry counts before the time of the publisher', () => {
  const times = {
    a1: { pushed: '2026-01-02T00:00:00Z' },
    a2: { pushed: '2026-01-01T00:00:00Z', created: '2026-05-01T00:00:00Z' },
    a3: { pushed: '2026-01-03T00:00:00Z', created: '2020-01-01T00:00:00Z' },
  };
  assert.equal(newest('a1', times), 'a3');
});

test('times that nobody believes are no times', () => {
  const times = {
    a1: { pushed: '2026-01-01T00:00:00Z' },
    a2: { pushed: '0001-01-01T00:00:00Z' },
    a3: { created: '1970-01-01T00:00:00Z' },
    a4: { pushed: '2026-06-03T00:00:00Z' },
    a5: { pushed: 'Tomorrow' },
    a6: {},
    a7: { pushed: '0001-01-01T00:00:00Z', created: '2026-02-01T00:00:00.5+02:00' },
  };
  assert.equal(newest('a1', times), 'a7');
});

test('a tag of the same time is not newer', () => {
  const time = { pushed: '2026-01-01T00:00:00Z' };
  assert.equal(newest('a1', { a1: time, a2: time }), undefined);
});

test('without a time of the current tag nothing is known to be newer', () => {
  assert.equal(newest('a1', { a1: {}, a2: { pushed: '2026-01-01T00:00:00Z' } }), undefined);
});

test('from a word the newest tag is adopted, and to a word nothing moves unless it is allowed', () => {
  const times = {
    latest: { pushed: '2026-04-01T00:00:00Z' },
    a1: { pushed: '2026-02-01T00:00:00Z' },
    a2: { pushed: '2026-03-01T00:00:00Z' },
  };
  const allowAll = policyOf('newest', { allowTags: [filterOf('glob:*')] });
  assert.equal(newest('edge', times), 'a2');
  assert.equal(newest('latest', times), undefined);
  assert.equal(
    newest('edge', times, { policy: policyOf('newest', { allowTags: [filterOf('glob:a*')] }) }),
    'a2',
  );
  assert.equal(newest('a1', times), 'a2');
  assert.equal(newest('a1', times, { policy: allowAll }), 'latest');
});

test('order: created goes by time within a pattern, for commits too where a regexp names them', () => {
  const times = {
    'sha-aaaaaaa': { pushed: '2026-01-01T00:00:00Z' },
    'sha-bbbbbbb': { pushed: '2026-02-01T00:00:00Z' },
    'main-1': { pushed: '2026-03-01T00:00:00Z' },
  };
  const policy = policyOf('regexp:sha-[0-9a-f]{7}', { order: 'created' });
  assert.equal(newest('sha-aaaaaaa', times, { policy }), 'sha-bbbbbbb');
});
