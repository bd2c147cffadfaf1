import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { readImagePolicy } from '../../src/kube/image-policies.ts';
import { at, isJsonObject, listAt } from '../../src/model/json.ts';
import { compileImagePolicy } from '../../src/policy/image-policy.ts';
import { codeWords, readDocument, section, tableRows } from './markdown.ts';

const document = readDocument('docs/reference/image-policy.md');
const definition: unknown = parse(readDocument('crds/plimsoll.dev_imagepolicies.yaml'));
const schema = at(listAt(definition, 'spec', 'versions')[0], 'schema', 'openAPIV3Schema');

suite('docs/reference/image-policy.md', () => {
  test('lists every field of spec, each once, and of settings the annotation that means the same', () => {
    const scope = namesIn(section(document, '## What it speaks of'));
    const settings = tableRows(section(document, '## Settings'));
    const names = settings.map(([cell = '']) => codeWords(cell)[0] ?? '');
    assert.deepEqual([...scope, ...names].toSorted(), fieldsOf('spec'));
    for (const [cell = '', annotation] of settings) {
      const field = codeWords(cell)[0]?.slice('spec.'.length) ?? '';
      const key = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      assert.equal(annotation, `\`plimsoll.dev/${key}\``);
    }
  });

  test('says which settings are booleans and lists', () => {
    for (const [cell = ''] of tableRows(section(document, '## Settings'))) {
      const field = codeWords(cell)[0]?.slice('spec.'.length) ?? '';
      const type = at(schema, 'properties', 'spec', 'properties', field, 'type');
      const told = /\((boolean|list)\)/.exec(cell)?.[1];
      assert.equal(told, type === 'array' ? 'list' : type === 'boolean' ? 'boolean' : undefined, field);
    }
  });

  test('lists every field of status', () => {
    assert.deepEqual(namesIn(section(document, '## Status')).toSorted(), fieldsOf('status'));
  });

  test('has an example that is understood', () => {
    const [, example = ''] = /^```yaml\n([^]*?)^```$/m.exec(document) ?? [];
    const object: unknown = parse(example);
    assert.ok(isJsonObject(object));
    const policy = readImagePolicy(object);
    assert.ok(policy && compileImagePolicy(policy).layer.ok);
  });
});

function namesIn(text: string): readonly string[] {
  return tableRows(text).map(([cell = '']) => codeWords(cell)[0] ?? '');
}

function fieldsOf(top: string): readonly string[] {
  const properties = at(schema, 'properties', top, 'properties');
  assert.ok(isJsonObject(properties));
  return Object.keys(properties)
    .map((name) => `${top}.${name}`)
    .toSorted();
}
