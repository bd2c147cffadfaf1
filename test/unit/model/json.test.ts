import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  at,
  canonicalJson,
  isJsonObject,
  listAt,
  numberAt,
  textAt,
  textMapAt,
} from '../../../src/model/json.ts';

const document: unknown = JSON.parse(
  '{"a": {"b": [1, "x"], "c": "text", "n": 3, "null": null}, "__proto__": {"d": "own"}}',
);

test('a path of own fields is followed', () => {
  assert.equal(at(document, 'a', 'c'), 'text');
  assert.equal(at(document, '__proto__', 'd'), 'own');
  assert.equal(at(document), document);
});

test('a missing step, a list and an inherited field are undefined', () => {
  assert.equal(at(document, 'a', 'x', 'y'), undefined);
  assert.equal(at(document, 'a', 'b', '0'), undefined);
  assert.equal(at({}, 'constructor'), undefined);
  assert.equal(at('text', 'length'), undefined);
  assert.equal(at(null, 'a'), undefined);
});

test('a value of another type is none', () => {
  assert.equal(textAt(document, 'a', 'n'), undefined);
  assert.equal(numberAt(document, 'a', 'c'), undefined);
  assert.equal(numberAt({ n: Number.NaN }, 'n'), undefined);
  assert.deepEqual(listAt(document, 'a', 'c'), []);
  assert.deepEqual(textMapAt(document, 'a', 'b'), {});
});

test('what is no text is left out of a map of texts', () => {
  assert.deepEqual(textMapAt(document, 'a'), { c: 'text' });
});

test('neither null nor a list is an object', () => {
  assert.ok(!isJsonObject(null));
  assert.ok(!isJsonObject([]));
  assert.ok(isJsonObject({}));
});

test('equal values have equal texts, in whatever order their fields stand', () => {
  const value = { b: [{ d: 1, c: null }, 'x'], a: undefined };
  assert.equal(canonicalJson(value), '{"b":[{"c":null,"d":1},"x"]}');
  assert.equal(canonicalJson({ 10: 1, 9: 2, b: 3 }), canonicalJson({ b: 3, 9: 2, 10: 1 }));
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});
