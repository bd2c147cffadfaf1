import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRegistriesFile } from '../../src/registry/registries-file.ts';
import { readDocument } from './markdown.ts';

suite('docs/reference/registries.md', () => {
  test('has an example that is understood', () => {
    const example = /```yaml\n(.*?)```/s.exec(readDocument('docs/reference/registries.md'))?.[1] ?? '';
    const parsed = parseRegistriesFile(example, 'the example');
    assert.equal(parsed.ok ? '' : parsed.problem.message, '');
    assert.ok(parsed.ok && parsed.value.mirrors.size > 0 && parsed.value.configs.size > 0);
  });

  test('tells of every key that the file takes', () => {
    const text = readDocument('docs/reference/registries.md');
    const places = [
      '{mirrors: {x: {?: 1}}}',
      '{configs: {x: {?: 1}}}',
      '{configs: {x: {auth: {?: 1}}}}',
      '{configs: {x: {tls: {?: 1}}}}',
    ];
    for (const place of places) {
      const parsed = parseRegistriesFile(place.replace('?', 'nothing'), 'file');
      assert.ok(!parsed.ok);
      const keys = /it takes (.*)$/.exec(parsed.problem.message)?.[1]?.split(', ') ?? [];
      assert.ok(keys.length > 0, parsed.problem.message);
      for (const key of keys) assert.ok(text.includes(key), `${key} of ${place}`);
    }
  });
});
