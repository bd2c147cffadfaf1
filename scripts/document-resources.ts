/** Writes `docs/reference/custom-resources.md` from `crds/`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject } from '../src/model/json.ts';
import { describeDefinitions } from './custom-resources.ts';

const root = join(import.meta.dirname, '..');

/** The definitions in the order in which they are described. */
const definitionFiles: readonly string[] = [
  'crds/plimsoll.dev_trackedimages.yaml',
  'crds/plimsoll.dev_imagepolicies.yaml',
];

/** The text that the file should hold. */
export function customResourcesReference(): string {
  const definitions = definitionFiles.map((file): unknown => parse(readFileSync(join(root, file), 'utf8')));
  return describeDefinitions(definitions.filter(isJsonObject));
}

if (import.meta.main)
  writeFileSync(join(root, 'docs/reference/custom-resources.md'), customResourcesReference());
