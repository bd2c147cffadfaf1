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
});
