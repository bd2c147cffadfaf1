/** One panel: what it asks Prometheus, and how the answer is shown. */
export interface Panel {
  readonly title: string;
  readonly kind: 'stat' | 'timeseries' | 'piechart' | 'heatmap' | 'table';
  /** Grafana's name of a unit. */
  readonly unit?: string;
  /** Columns of 24. */
  readonly width: number;
  readonly description?: string;
  readonly queries: readonly Query[];
}

/** One expression and what its series are called. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** A row of panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What belongs to the controllers that are picked. */
export const own = 'cluster=~"$cluster",job=~"$job"';
/** What belongs to the namespaces that are picked. */
export const tenant = `${own},namespace=~"$namespace"`;
/** What belongs to the registries that are picked. */
export const host = `${own},registry=~"$registry"`;

/** Standbys show the state of the fleet as the leader does, so of several replicas the largest number counts. */
export function fleet(metric: string, label: string): string {
  return `sum by (${label}) (max by (cluster, job, namespace, ${label}) (${metric}{${tenant}}))`;
}

/** How much a counter rises in a second. */
export function rate(metric: string, by: string, labels = own): string {
  return `sum by (${by}) (rate(${metric}{${labels}}[$__rate_interval]))`;
}

/** How much a counter has risen since the point before. */
export function increase(metric: string, by: string, labels = own): string {
  return `sum by (${by}) (increase(${metric}{${labels}}[$__rate_interval]))`;
}

/** The value that a share of what a histogram observed stays below. */
export function quantile(q: number, metric: string, by: string, labels = own): string {
  return `histogram_quantile(${q}, ${rate(`${metric}_bucket`, `${by}, le`, labels)})`;
}
