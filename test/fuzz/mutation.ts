import fc from 'fast-check';
import { isJsonObject } from '../../src/model/json.ts';

/** One change of a text: cut out, put in, doubled, moved, or broken off. */
type Change = (text: string, at: number, what: string) => string;

const changes: readonly [Change, ...Change[]] = [
  (text, at, what) => text.slice(0, at) + what + text.slice(at),
  (text, at, what) => text.slice(0, at) + what + text.slice(at + Math.max(1, what.length)),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(0, at) + text.slice(0, at) + text.slice(at),
  (text, at) => text.slice(at) + text.slice(0, at),
];

/** What has bitten readers of text before. */
const awkward = [
  '',
  ' ',
  '\0',
  '\n',
  '\r\n',
  '"',
  "'",
  '\\',
  '%2e%2e%2f',
  '../',
  '://',
  '@',
  ':',
  ',',
  '=',
  '#',
  '?',
  ';',
  '\u202e',
  '\ufeff',
  'é',
  '🚢',
  '\ud800',
  '0',
  '-1',
  '9'.repeat(40),
  'a'.repeat(300),
  '_'.repeat(128),
  '(',
  '[',
  '*',
];

/** Texts that were good once: a sample with a few changes, made anywhere. */
export function mutatedText(...samples: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.constantFrom(...changes),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'binary', maxLength: 4 })),
  );
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 6 }))
    .map(([sample, made]) =>
      made
        .reduce((text, [apply, place, what]) => apply(text, Math.floor(place * text.length), what), sample)
        .slice(0, 20_000),
    );
}

/** JSON values that were good once: a sample in which a few places hold something else, or nothing. */
export function mutatedJson(sample: unknown): fc.Arbitrary<unknown> {
  const other = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(...awkward),
    fc.constantFrom(null, -1, 0, 1e308, 2 ** 53, true, [], {}, [[]], [null], { '': null }),
    fc.constant('x'.repeat(2_000)),
  );
  const change = fc.tuple(fc.nat({ max: 10_000 }), other);
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((made) => made.reduce((value, [place, what]) => replaceAt(value, place, what), sample));
}

/** Puts something in the place of the nth value of a tree, counted over all of them. */
function replaceAt(value: unknown, place: number, what: unknown): unknown {
  const target = place % countOf(value);
  let index = -1;
  const walk = (node: unknown): unknown => {
    index += 1;
    if (index === target) return what;
    if (Array.isArray(node)) return node.map(walk);
    if (isJsonObject(node))
      return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
    return node;
  };
  return walk(value);
}

function countOf(value: unknown): number {
  const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  return children.reduce<number>((sum, child) => sum + countOf(child), 1);
}
