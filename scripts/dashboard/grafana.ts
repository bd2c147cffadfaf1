import { fleetRows } from './fleet-rows.ts';
import { machineRows } from './machine-rows.ts';
import type { Panel, Row } from './panel.ts';

const datasource = { type: 'prometheus', uid: '$datasource' };
const heights = { stat: 5, piechart: 5, timeseries: 8, heatmap: 8, table: 8 } as const;

/** The dashboard as Grafana 10 and later import it. */
export function dashboard(): object {
  return {
    uid: 'plimsoll',
    title: 'Plimsoll',
    tags: ['plimsoll', 'kubernetes'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    timezone: 'browser',
    templating: { list: variables() },
    annotations: {
      list: [
        {
          name: 'Put back',
          datasource,
          enable: true,
          iconColor: 'red',
          expr: 'sum by (namespace) (changes(plimsoll_rollbacks_total{outcome="applied"}[$__interval])) > 0',
          titleFormat: 'put back in {{namespace}}',
        },
      ],
    },
    panels: layOut([...fleetRows, ...machineRows]),
  };
}

function variables(): readonly object[] {
  const source = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };
  const picked = [
    ['cluster', 'label_values(plimsoll_build_info, cluster)'],
    ['job', 'label_values(plimsoll_build_info{cluster=~"$cluster"}, job)'],
    ['namespace', 'label_values(plimsoll_workload_containers{cluster=~"$cluster"}, namespace)'],
    ['registry', 'label_values(plimsoll_registry_requests_total{cluster=~"$cluster"}, registry)'],
  ].map(([name, query]) => ({
    name,
    type: 'query',
    datasource,
    query: { query, refId: name },
    definition: query,
    includeAll: true,
    // A label that no series has matches this too.
    allValue: '.*',
    multi: true,
    current: { text: 'All', value: '$__all' },
    refresh: 2,
    sort: 1,
  }));
  return [source, ...picked];
}

/** Panels from left to right, and a new line where the next one does not fit. */
function layOut(all: readonly Row[]): readonly object[] {
  const laid: object[] = [];
  let y = 0;
  for (const { title, panels } of all) {
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title,
      gridPos: { x: 0, y, w: 24, h: 1 },
      collapsed: false,
    });
    y += 1;
    let [x, lineHeight] = [0, 0];
    for (const panel of panels) {
      if (x + panel.width > 24) {
        y += lineHeight;
        [x, lineHeight] = [0, 0];
      }
      const h = heights[panel.kind];
      laid.push({ id: laid.length + 1, ...panelOf(panel), gridPos: { x, y, w: panel.width, h } });
      x += panel.width;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return laid;
}

function panelOf({ title, kind, unit, description, queries }: Panel): object {
  const isTable = kind === 'table';
  return {
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(isTable ? { format: 'table', instant: true } : {}),
      ...(kind === 'heatmap' ? { format: 'heatmap' } : {}),
    })),
    fieldConfig: { defaults: { unit: unit ?? 'short', min: 0 }, overrides: [] },
    options: optionsOf(kind),
    ...(isTable ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
  };
}

function optionsOf(kind: Panel['kind']): object {
  switch (kind) {
    case 'stat':
      return { colorMode: 'value', reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'auto' };
    case 'piechart':
      return { legend: { displayMode: 'list', placement: 'right', values: ['value'] } };
    case 'heatmap':
      return { calculate: false, yAxis: { unit: 's' } };
    case 'table':
      return { sortBy: [{ displayName: 'Value', desc: true }] };
    case 'timeseries':
      return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } };
  }
}
