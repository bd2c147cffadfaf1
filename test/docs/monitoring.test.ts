import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dashboard } from '../../scripts/dashboard/grafana.ts';
import { codeWords, headings, readDocument, section, tableRows } from './markdown.ts';
import { alerts, dashboardExpressions, exposedSamples } from './prometheus.ts';

const samples = exposedSamples();
/** Labels that a scrape adds. */
const targetLabels = ['job', 'instance', 'cluster'];

/** What an expression asks for that no scrape holds. */
function unknownIn(expr: string): readonly string[] {
  const asked = expr.matchAll(
    /\b((?:plimsoll|workqueue|leader|rest_client|nodejs|process)_\w+)(?:\{([^}]*)\})?/g,
  );
  return [...asked].flatMap(([, name = '', matchers = '']) => {
    const labels = samples.get(name);
    if (!labels) return [name];
    const used = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    return used
      .filter((label) => ![...labels, ...targetLabels].includes(label))
      .map((label) => `${name}{${label}}`);
  });
}

test('an expression is searched for names and labels that nobody exposes', () => {
  assert.deepEqual(unknownIn('rate(plimsoll_nothing_total[5m])'), ['plimsoll_nothing_total']);
  assert.deepEqual(unknownIn('plimsoll_updates_total{tag="1"}'), ['plimsoll_updates_total{tag}']);
});

suite('the alerts', () => {
  const document = readDocument('docs/reference/alerts.md');

  for (const { name, expr, runbook } of alerts()) {
    test(`${name} asks for what is exposed, and its runbook is there`, () => {
      assert.deepEqual(unknownIn(expr), []);
      assert.equal(runbook, `docs/reference/alerts.md#${name.toLowerCase()}`);
      assert.ok(section(document, `## ${name}`).trim().length > 100);
    });
  }

  test('stand in their document in the same order, with how long they wait and how severe they are', () => {
    assert.deepEqual(
      tableRows(document),
      alerts().map(({ name, wait = 'at once', severity }) => [
        `[\`${name}\`](#${name.toLowerCase()})`,
        wait,
        severity,
      ]),
    );
    assert.deepEqual(
      headings(document).slice(1),
      alerts().map(({ name }) => `## ${name}`),
    );
  });

  test('have each a case in which they are told, and are quiet while all is well', () => {
    const cases = readDocument('test/monitoring/alerts.yaml').split('\n  - name: ');
    const told = cases.slice(2).join('\n');
    for (const { name } of alerts()) {
      assert.ok(cases[1]?.includes(`alertname: ${name} }`), `${name} is asked for while all is well`);
      const asked = [...told.matchAll(/alertname=~"([^"]+)"/g)].map(([, expression = '']) => expression);
      assert.ok(
        told.includes(name) || asked.some((expression) => new RegExp(`^(?:${expression})$`).test(name)),
        name,
      );
    }
  });
});

suite('the dashboard', () => {
  test('is what its script writes', () => {
    const written = readDocument('manifests/monitoring/dashboard/plimsoll.json');
    assert.equal(written, `${JSON.stringify(dashboard(), null, 2)}\n`, 'run: npm run dashboard');
  });

  for (const expr of new Set(dashboardExpressions())) {
    test(`asks for what is exposed: ${expr}`, () => assert.deepEqual(unknownIn(expr), []));
  }

  test('shows every metric of ours', () => {
    const shown = dashboardExpressions().join('\n');
    const own = [...samples.keys()].filter(
      (name) => name.startsWith('plimsoll_') && !/_(?:sum|count|bucket)$/.test(name),
    );
    const elsewhere = [
      'plimsoll_container_update_available',
      'plimsoll_events_total',
      'plimsoll_informer_synced',
      'plimsoll_repository_interval_seconds',
    ];
    assert.deepEqual(
      own.filter((name) => !shown.includes(name)),
      elsewhere.toSorted((a, b) => own.indexOf(a) - own.indexOf(b)),
    );
  });
});

suite('docs/reference/metrics.md', () => {
  test('asks for what is exposed', () => {
    const questions = section(readDocument('docs/reference/metrics.md'), '## What to watch');
    for (const [, expressions = ''] of tableRows(questions))
      assert.deepEqual(codeWords(expressions).flatMap(unknownIn), []);
  });
});
