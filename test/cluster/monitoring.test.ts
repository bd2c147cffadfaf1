import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { isDeepStrictEqual, promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { listAt, textAt } from '../../src/model/json.ts';
import { root } from '../docs/markdown.ts';
import { alerts, dashboardExpressions, ruleGroups } from '../docs/prometheus.ts';
import { PrometheusServer } from '../monitoring/prometheus-server.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const kubectl = process.env['PLIMSOLL_TEST_KUBECTL'] ?? 'kubectl';

describe('the alerts', () => {
  it('are told when they should be, and only then, as promtool sees it', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-alerts-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'rules.yaml'), stringify(ruleGroups()));
    copyFileSync(join(root, 'test/monitoring/alerts.yaml'), join(folder, 'alerts.yaml'));
    const { stdout } = await run('promtool', ['test', 'rules', 'alerts.yaml'], { cwd: folder });
    assert.match(stdout, /SUCCESS/);
  });
});

describe('the components', () => {
  for (const [component, ...kinds] of [
    ['monitoring', 'PodMonitor', 'PrometheusRule', 'ConfigMap'],
    ['monitoring/service-monitor', 'ServiceMonitor', 'Service'],
  ] as const) {
    it(`${component} adds ${kinds.join(', ')} to what is installed`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'plimsoll-components-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const within = (path: string) => relative(folder, join(root, 'manifests', path));
      const resources = [within('base')];
      const kustomization = { resources, components: [within(component)] };
      writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
      const { stdout } = await run(kubectl, ['kustomize', folder]);
      const added = parseAllDocuments(stdout).map(readDocument);
      for (const kind of kinds) {
        const found = added.find((object) => textAt(object, 'kind') === kind);
        assert.equal(textAt(found, 'metadata', 'namespace'), 'plimsoll-system', kind);
      }
    });
  }
});

describe('the kustomization of docs/operate.md', () => {
  it('adds the monitoring, with runbooks at the address that it names', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-runbooks-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [, monitoring = ''] = readFileSync(join(root, 'docs/operate.md'), 'utf8').split('## Monitoring\n');
    const [adding = '', runbooks = ''] = [...monitoring.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, block]) => block,
    );
    const kustomization = (adding + runbooks).replaceAll('../', `${relative(folder, root)}/`);
    writeFileSync(join(folder, 'kustomization.yaml'), kustomization);
    const { stdout } = await run(kubectl, ['kustomize', folder]);
    const objects = parseAllDocuments(stdout).map(readDocument);
    const rule = objects.find((object) => textAt(object, 'kind') === 'PrometheusRule');
    const links = listAt(rule, 'spec', 'groups')
      .flatMap((group) => listAt(group, 'rules'))
      .map((each) => textAt(each, 'annotations', 'runbook_url'));
    const base = 'https://git.example.com/plimsoll/blob/main/';
    assert.deepEqual(
      links,
      alerts().map(({ runbook }) => base + runbook),
    );
    assert.ok(objects.some((object) => textAt(object, 'kind') === 'PodMonitor'));
  });
});

describe('a Prometheus that scrapes the demo', () => {
  const defer = undoing();
  let prometheus: PrometheusServer;

  before(async () => {
    const demo = new PlimsollProcess(['demo', '--keep']);
    defer(async () => {
      demo.kill('SIGINT');
      await demo.ended();
    });
    const metrics = () => /metrics: http:\/\/(\S+)\/metrics/.exec(demo.output)?.[1];
    await until('the metrics of the demo', () => metrics() !== undefined, 60_000);
    prometheus = await PrometheusServer.start(metrics() ?? '', ruleGroups());
    defer(() => prometheus.close());
    await until('the end of the demo', () => demo.output.includes('The shop stays open'), 180_000);
  });

  it('understands every expression of the dashboard, and has an answer to nearly all', async () => {
    // Nothing of this happens in the demo.
    const quiet = /container_version_age|rate_limit|warnings_total|code!~/;
    for (const query of new Set(dashboardExpressions())) {
      const isAnswered = async () => listAt(await prometheus.ask('query', { query }), 'result').length > 0;
      if (quiet.test(query)) await isAnswered();
      else await until(`an answer to ${query}`, isAnswered);
    }
  });

  it('evaluates every alert, and sees the policy of the demo that cannot be understood', async () => {
    const rules = async () =>
      listAt(await prometheus.ask('rules'), 'groups').flatMap((group) => listAt(group, 'rules'));
    const evaluated = alerts().map(({ name }) => `${name} ok`);
    await until('every alert to be evaluated', async () => {
      const found = (await rules()).map((rule) => `${textAt(rule, 'name')} ${textAt(rule, 'health')}`);
      return isDeepStrictEqual(found, evaluated);
    });
    // A scrape that takes longer than its second has everything missing until the next.
    await until('only what is wrong to be told', async () => {
      const told = (await rules())
        .filter((rule) => textAt(rule, 'state') !== 'inactive')
        .map((rule) => textAt(rule, 'name'));
      const isQuiet = !told.includes('PlimsollNoLeader') && !told.includes('PlimsollDown');
      return isQuiet && told.includes('PlimsollPolicyInvalid');
    });
  });
});

function readDocument(document: { toJS(): unknown }): unknown {
  return document.toJS();
}
