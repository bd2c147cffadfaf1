import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyJsonPatch } from '../../../../src/sandbox/api-server/json-patch.ts';

const document = { spec: { list: ['a', 'b'], map: { key: 'value' } } };

const applied: readonly {
  readonly title: string;
  readonly patch: readonly unknown[];
  readonly spec: unknown;
}[] = [
  {
    title: 'replace changes a value',
    patch: [{ op: 'replace', path: '/spec/map/key', value: 'x' }],
    spec: { list: ['a', 'b'], map: { key: 'x' } },
  },
  {
    title: 'replace of a missing key adds it, against the letter of RFC 6902',
    patch: [{ op: 'replace', path: '/spec/map/new', value: 'x' }],
    spec: { list: ['a', 'b'], map: { key: 'value', new: 'x' } },
  },
  {
    title: 'add inserts into a list',
    patch: [{ op: 'add', path: '/spec/list/1', value: 'x' }],
    spec: { list: ['a', 'x', 'b'], map: { key: 'value' } },
  },
  {
    title: 'add at "-" appends',
    patch: [{ op: 'add', path: '/spec/list/-', value: 'x' }],
    spec: { list: ['a', 'b', 'x'], map: { key: 'value' } },
  },
  {
    title: 'remove with a negative index counts from the end',
    patch: [{ op: 'remove', path: '/spec/list/-1' }],
    spec: { list: ['a'], map: { key: 'value' } },
  },
  {
    title: 'test of a missing key passes against null',
    patch: [
      { op: 'test', path: '/spec/map/absent', value: null },
      { op: 'add', path: '/spec/map/absent', value: 'now there' },
    ],
    spec: { list: ['a', 'b'], map: { key: 'value', absent: 'now there' } },
  },
  {
    title: 'move takes a value from one place to another',
    patch: [{ op: 'move', from: '/spec/map/key', path: '/spec/list/0' }],
    spec: { list: ['value', 'a', 'b'], map: {} },
  },
  {
    title: 'copy leaves the value where it was',
    patch: [{ op: 'copy', from: '/spec/list/0', path: '/spec/map/copied' }],
    spec: { list: ['a', 'b'], map: { key: 'value', copied: 'a' } },
  },
];

for (const { title, patch, spec } of applied) {
  test(title, () => {
    assert.deepEqual(applyJsonPatch(document, patch), { ok: true, document: { spec } });
  });
}

const refused: readonly { readonly title: string; readonly operation: unknown }[] = [
  { title: 'a test that fails', operation: { op: 'test', path: '/spec/map/key', value: 'other' } },
  {
    title: 'a test of a missing key against a value',
    operation: { op: 'test', path: '/spec/map/absent', value: 'x' },
  },
  {
    title: 'a test below a missing key, even against null',
    operation: { op: 'test', path: '/spec/none/key', value: null },
  },
  {
    title: 'a test of an index that is not there',
    operation: { op: 'test', path: '/spec/list/7', value: null },
  },
  { title: 'an add below a missing key', operation: { op: 'add', path: '/spec/none/key', value: 'x' } },
  { title: 'an add beyond the end of a list', operation: { op: 'add', path: '/spec/list/3', value: 'x' } },
  { title: 'a removal of nothing', operation: { op: 'remove', path: '/spec/map/absent' } },
  { title: 'an unknown operation', operation: { op: 'increment', path: '/spec' } },
];

for (const { title, operation } of refused) {
  test(`${title} refuses the whole patch`, () => {
    const outcome = applyJsonPatch(document, [{ op: 'add', path: '/spec/before', value: 1 }, operation]);
    assert.ok(outcome !== 'undecodable' && !outcome.ok);
  });
}

test('what is no list of operations is undecodable', () => {
  assert.equal(applyJsonPatch(document, { op: 'test' }), 'undecodable');
  assert.equal(applyJsonPatch(document, [{ op: 'remove' }]), 'undecodable');
});

test('a key with a slash or a tilde is reached by its escapes', () => {
  const outcome = applyJsonPatch({}, [{ op: 'add', path: '/plimsoll.dev~1policy~0', value: 'minor' }]);
  assert.deepEqual(outcome, { ok: true, document: { 'plimsoll.dev/policy~': 'minor' } });
});

test('adding a key and removing it again leaves any document as it was', () => {
  const key = fc.string().filter((text) => text !== '__proto__');
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), key, fc.jsonValue(), (object, name, value) => {
      fc.pre(!Object.hasOwn(object, name));
      const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const outcome = applyJsonPatch(object, [
        { op: 'add', path, value },
        { op: 'remove', path },
      ]);
      assert.deepEqual(outcome, { ok: true, document: { ...object } });
    }),
  );
});
