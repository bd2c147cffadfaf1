import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { chartValuesTable, readChartValues } from '../../scripts/chart-values.ts';
import { at, isJsonObject } from '../../src/model/json.ts';

const chart = join(import.meta.dirname, '..', '..', 'manifests', 'chart');
const read = (name: string) => readFileSync(join(chart, name), 'utf8');
const values = readChartValues(read('values.yaml'));
const schema: unknown = JSON.parse(read('values.schema.json'));

suite('the chart', () => {
  for (const { path, comment } of values) {
    test(`says what ${path} is for, and its schema knows it`, () => {
      assert.match(comment, /^\S.*[.}]$/);
      const place = path.split('.').flatMap((key) => ['properties', key]);
      assert.ok(isJsonObject(at(schema, ...place)), `values.schema.json lacks ${path}`);
    });
  }

  test('has a README with every value, as written by scripts/document-chart.ts', () => {
    assert.ok(read('README.md').includes(`\n${chartValuesTable(values)}\n`));
  });

  test('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(chart, '../../package.json'), 'utf8')) as {
      version: string;
    };
    const { version: ofChart, appVersion } = parse(read('Chart.yaml')) as Record<string, string>;
    assert.deepEqual([ofChart, appVersion], [version, version]);
  });

  test('has a schema that refuses what it does not know, everywhere', () => {
    const sections = values.flatMap(({ path }) => {
      const keys = path.split('.').slice(0, -1);
      return keys.map((_, index) => keys.slice(0, index + 1).flatMap((key) => ['properties', key]));
    });
    for (const place of [[], ...sections]) {
      assert.equal(at(schema, ...place, 'additionalProperties'), false, place.join('/'));
    }
  });
});
