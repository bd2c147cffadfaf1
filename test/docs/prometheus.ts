import { parse } from 'yaml';
import { at, listAt, textAt } from '../../src/model/json.ts';
import { PrometheusMetrics } from '../../src/observe/metrics.ts';
import { emptyFleet } from '../support/silence.ts';
import { readDocument } from './markdown.ts';

/** One alert as `manifests/monitoring/alerts` defines it. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly wait: string | undefined;
  readonly severity: string | undefined;
  readonly runbook: string;
}

/** The spec of the PrometheusRule: what Prometheus reads as a file of rules. */
export function ruleGroups(): unknown {
  return at(parse(readDocument('manifests/monitoring/alerts/prometheus-rule.yaml')), 'spec');
}

/** Every alert that is shipped, in order. */
export function alerts(): readonly Alert[] {
  const rules = listAt(ruleGroups(), 'groups').flatMap((group) => listAt(group, 'rules'));
  return rules.map((rule) => ({
    name: textAt(rule, 'alert') ?? '',
    expr: textAt(rule, 'expr') ?? '',
    wait: textAt(rule, 'for'),
    severity: textAt(rule, 'labels', 'severity'),
    runbook: textAt(rule, 'annotations', 'runbook_url') ?? '',
  }));
}

/** Every expression of the dashboard, with `$variables` filled in as Grafana does when all is picked. */
export function dashboardExpressions(): readonly string[] {
  const panels = listAt(JSON.parse(readDocument('manifests/monitoring/dashboard/plimsoll.json')), 'panels');
  return panels
    .flatMap((panel) => listAt(panel, 'targets'))
    .map((target) =>
      (textAt(target, 'expr') ?? '').replaceAll('$__rate_interval', '1m').replaceAll(/\$[a-z]+/g, '.*'),
    );
}

/** The names of samples that a scrape holds, each with its labels. */
export function exposedSamples(): ReadonlyMap<string, readonly string[]> {
  const { registry } = new PrometheusMetrics(
    { ...emptyFleet, containers: true },
    { version: 'test', server: 'api' },
  );
  const samples = new Map<string, readonly string[]>();
  for (const metric of registry.getMetricsAsArray()) {
    const name = textAt(metric, 'name') ?? '';
    const labels = listAt(metric, 'labelNames').map(String);
    const isHistogram = metric.constructor.name === 'Histogram';
    if (isHistogram) samples.set(`${name}_bucket`, [...labels, 'le']);
    for (const suffix of isHistogram ? ['_sum', '_count'] : ['']) samples.set(name + suffix, labels);
  }
  return samples;
}
