import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HttpAnswer } from '../../../src/registry/http-exchange.ts';
import { Warnings } from '../../../src/registry/warnings.ts';
import { accessTo, given, patiently } from './harness.ts';

function answer(text: string): HttpAnswer {
  const url = new URL('https://registry.example.com/v2/');
  return { status: 200, headers: { warning: text }, body: Buffer.alloc(0), url };
}

function told(...answers: readonly HttpAnswer[]): readonly string[] {
  const texts: string[] = [];
  const warnings = new Warnings((host, text) => texts.push(`${host}: ${text}`));
  for (const one of answers) warnings.note('r.example.com', one);
  return texts;
}

suite('warnings of a registry', () => {
  const cases: readonly (readonly [name: string, line: string, texts: readonly string[]])[] = [
    ['one', '299 - "this repository goes away"', ['this repository goes away']],
    ['several in a line', '299 - "one", 299 - "two, and more"', ['one', 'two, and more']],
    ['with quotes inside', String.raw`299 - "use \"new\" instead"`, ['use "new" instead']],
    ['of another code, which are for caches', '110 - "stale"', []],
    ['that are not quoted', '299 - gone', []],
    ['with control characters, in one line', '299 - "a\u001B[31m\tb"', ['a [31m b']],
    ['that never end', `299 - "${'x'.repeat(5_000)}`, []],
  ];
  for (const [name, line, texts] of cases) {
    test(`are read: ${name}`, () => {
      assert.deepEqual(
        told(answer(line)),
        texts.map((text) => `r.example.com: ${text}`),
      );
    });
  }

  test('are shortened', () => {
    assert.equal(told(answer(`299 - "${'x'.repeat(4_000)}"`))[0]?.length, 'r.example.com: '.length + 200);
  });

  test('are told once for each text', () => {
    const one = answer('299 - "one"');
    assert.deepEqual(told(one, one, answer('299 - "one", 299 - "two"')), [
      'r.example.com: one',
      'r.example.com: two',
    ]);
  });

  test('that are always others are not told for ever', () => {
    const answers = Array.from({ length: 100 }, (_, number) => answer(`299 - "number ${number}"`));
    assert.equal(told(...answers).length, 16);
  });

  test('come from whatever answer holds them, and change nothing', async (t) => {
    const warned: string[] = [];
    const { registry, client } = await given(
      t,
      {},
      { warned: (host, text) => warned.push(`${host} ${text}`) },
    );
    const headers = { warning: '299 - "move to another project"', 'content-type': 'application/json' };
    const body = '{"name":"shop/web","tags":["1.0"]}';
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 200, headers, body });
    for (const _ of [1, 2]) {
      assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
    }
    assert.deepEqual(warned, [`${registry.host} move to another project`]);
  });
});
