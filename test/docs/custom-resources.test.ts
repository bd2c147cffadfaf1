import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { customResourcesReference } from '../../scripts/document-resources.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'custom-resources.md');

test('docs/reference/custom-resources.md is what node scripts/document-resources.ts writes', () => {
  assert.equal(readFileSync(file, 'utf8'), customResourcesReference());
});
