import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Counter, Gauge, Histogram } from 'prom-client';
import { parse } from 'yaml';
import { environmentName, runFlags } from '../../src/config.ts';
import { at, isJsonObject, listAt } from '../../src/model/json.ts';
import { PrometheusMetrics } from '../../src/observe/metrics.ts';
import { fields } from '../../src/policy/fields.ts';
import { lastUpdateKey } from '../../src/rollout/update-record.ts';
import { emptyFleet } from '../support/silence.ts';
import { codeWords, readDocument, section, tableRows } from './markdown.ts';

suite('docs/reference/annotations.md', () => {
  const document = readDocument('docs/reference/annotations.md');
  const rows = tableRows(section(document, '## Keys'));

  test('lists exactly the keys that are read', () => {
    const keys = rows.map(([key = '']) => key);
    assert.deepEqual(
      keys,
      Object.keys(fields).map((key) => `\`${key}\``),
    );
  });

  test('names the keys that hold for the whole workload', () => {
    const named = codeWords(section(document, '## One container'));
    for (const [key, { scope }] of Object.entries(fields)) {
      if (scope === 'workload') assert.ok(named.includes(key), key);
    }
  });

  test('tells of every value that a key with few words takes', () => {
    for (const [key = '', values = ''] of rows) {
      const read = fields[key.slice(1, -1)]?.read;
      const known = /must be one of (.*?)(?:;|$)/.exec(refusalOf(read?.('no such word')))?.[1];
      if (known !== undefined) assert.deepEqual(codeWords(values), known.split(', '), key);
    }
  });

  test('lists the annotation that every update leaves', () => {
    const written = tableRows(section(document, '## What the controller writes'));
    assert.equal(written[0]?.[0], `\`${lastUpdateKey}\``);
  });
});

suite('docs/reference/flags.md', () => {
  test('lists every flag with its environment twin, its default and its help', () => {
    const rows = tableRows(readDocument('docs/reference/flags.md')).filter(([flag]) =>
      flag?.startsWith('`--'),
    );
    assert.deepEqual(
      rows,
      runFlags.map(({ name, value, repeatable, default: preset, help }) => [
        `\`--${name}${value === undefined ? '' : ` ${value}`}\`${repeatable ? ' …' : ''}`,
        `\`${environmentName(name)}\``,
        preset,
        help,
      ]),
    );
  });
});

suite('docs/reference/metrics.md', () => {
  test('lists every metric with its type, labels and help', () => {
    const { registry } = new PrometheusMetrics(
      { ...emptyFleet, containers: true },
      { version: 'test', server: 'api' },
    );
    const own = registry.getMetricsAsArray().filter((metric) => !/^(?:process|nodejs)_/.test(nameOf(metric)));
    const rows = tableRows(readDocument('docs/reference/metrics.md')).filter((cells) => cells.length === 4);
    assert.deepEqual(rows, own.map(rowOf));
  });
});

suite('docs/reference/resources.md', () => {
  test('lists every field of spec and status', () => {
    const definition: unknown = parse(readDocument('crds/plimsoll.dev_trackedimages.yaml'));
    const [version] = listAt(definition, 'spec', 'versions');
    const schema = at(version, 'schema', 'openAPIV3Schema');
    const written = tableRows(readDocument('docs/reference/resources.md')).map(([field = '']) =>
      field.slice(1, -1),
    );
    for (const top of ['spec', 'status']) {
      const own = written.filter((field) => field.startsWith(`${top}.`));
      assert.deepEqual(own.toSorted(), pathsOf(at(schema, 'properties', top), top).toSorted());
    }
  });
});

function refusalOf(result: ReturnType<(typeof fields)[string]['read']> | undefined): string {
  return result?.ok === false ? result.problem.message : '';
}

function nameOf(metric: object): string {
  return 'name' in metric && typeof metric.name === 'string' ? metric.name : '';
}

function rowOf(metric: object): readonly string[] {
  const type = [Counter, Gauge, Histogram].find((kind) => metric instanceof kind)?.name.toLowerCase() ?? '';
  const labels =
    'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
  const help = 'help' in metric ? String(metric.help) : '';
  return [`\`${nameOf(metric)}\``, type, labels.map((label) => `\`${label}\``).join(' ') || '–', help];
}

/** Paths of all fields below a schema: `status.history[].from`. */
function pathsOf(schema: unknown, path: string): readonly string[] {
  const items = at(schema, 'items');
  if (items !== undefined) return pathsOf(items, `${path}[]`);
  const properties = at(schema, 'properties');
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, field]) => [
    `${path}.${name}`,
    ...pathsOf(field, `${path}.${name}`),
  ]);
}
