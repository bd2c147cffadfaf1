import { host, increase, own, quantile, type Row, rate } from './panel.ts';

const registriesRow: Row = {
  title: 'Registries',
  panels: [
    {
      title: 'Requests',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rate('plimsoll_registry_requests_total', 'registry', host), legend: '{{registry}}' }],
    },
    {
      title: 'Failures',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      description:
        'Answers of 401 are how registries ask for a token, and 404 is how they say that a tag is gone.',
      queries: [
        {
          expr: rate(
            'plimsoll_registry_requests_total',
            'registry, code',
            `${host},code!~"2..|2xx|3..|3xx|401|404|aborted"`,
          ),
          legend: '{{registry}} {{code}}',
        },
      ],
    },
    {
      title: 'Latency, 9 of 10 below',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: quantile(0.9, 'plimsoll_registry_request_duration_seconds', 'registry', host),
          legend: '{{registry}}',
        },
      ],
    },
    {
      title: 'Budget that is left',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          expr: `min by (registry) (plimsoll_registry_rate_limit_remaining{${host}} / plimsoll_registry_rate_limit{${host}})`,
          legend: '{{registry}}',
        },
        {
          expr: `max by (registry) (plimsoll_registry_rate_limit_reset_timestamp_seconds{${host}}) - time() > 0`,
          legend: '{{registry}} asks to wait',
        },
      ],
    },
    {
      title: 'Time that requests wait for their turn',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: increase('plimsoll_registry_throttled_seconds_total', 'registry', host),
          legend: '{{registry}}',
        },
        {
          expr: `${increase('plimsoll_registry_warnings_total', 'registry', host)} > 0`,
          legend: 'warnings of {{registry}}',
        },
      ],
    },
    {
      title: 'Looks at repositories',
      kind: 'timeseries',
      unit: 'ops',
      width: 8,
      queries: [{ expr: rate('plimsoll_repository_scans_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      title: 'Stalest repositories',
      kind: 'table',
      unit: 's',
      width: 16,
      queries: [
        {
          expr: `topk(20, max by (repository) (time() - plimsoll_repository_last_success_timestamp_seconds{${own}}))`,
        },
      ],
    },
    {
      title: 'Tags in a list, 9 of 10 below',
      kind: 'timeseries',
      width: 8,
      queries: [{ expr: quantile(0.9, 'plimsoll_tags_listed', 'job'), legend: 'tags' }],
    },
  ],
};

const loopRow: Row = {
  title: 'Control loop',
  panels: [
    {
      title: 'Keys that wait',
      kind: 'timeseries',
      width: 6,
      queries: [{ expr: `max by (name) (workqueue_depth{${own}})`, legend: '{{name}}' }],
    },
    {
      title: 'Longest work under way',
      kind: 'timeseries',
      unit: 's',
      width: 6,
      queries: [
        {
          expr: `max by (name) (workqueue_longest_running_processor_seconds{${own}})`,
          legend: '{{name}}',
        },
      ],
    },
    {
      title: 'Work on a key, 9 of 10 below',
      kind: 'timeseries',
      unit: 's',
      width: 6,
      queries: [{ expr: quantile(0.9, 'workqueue_work_duration_seconds', 'name'), legend: '{{name}}' }],
    },
    {
      title: 'Keys tried again',
      kind: 'timeseries',
      unit: 'ops',
      width: 6,
      queries: [{ expr: rate('workqueue_retries_total', 'name'), legend: '{{name}}' }],
    },
    {
      title: 'Silence of watches',
      kind: 'timeseries',
      unit: 's',
      width: 6,
      queries: [
        {
          expr: `max by (resource) (time() - plimsoll_informer_last_event_timestamp_seconds{${own}})`,
          legend: '{{resource}}',
        },
      ],
    },
    {
      title: 'Watches that ended',
      kind: 'timeseries',
      width: 6,
      queries: [
        {
          expr: increase('plimsoll_informer_restarts_total', 'resource, cause'),
          legend: '{{resource}} {{cause}}',
        },
      ],
    },
    {
      title: 'Objects in caches, and repositories',
      kind: 'timeseries',
      width: 6,
      queries: [
        { expr: `max by (resource) (plimsoll_informer_objects{${own}})`, legend: '{{resource}}' },
        { expr: `max(plimsoll_repositories{${own}})`, legend: 'repositories' },
      ],
    },
    {
      title: 'Requests to the Kubernetes API',
      kind: 'timeseries',
      unit: 'reqps',
      width: 6,
      queries: [{ expr: rate('rest_client_requests_total', 'method, code'), legend: '{{method}} {{code}}' }],
    },
  ],
};

const processRow: Row = {
  title: 'Process',
  panels: [
    {
      title: 'Memory',
      kind: 'timeseries',
      unit: 'bytes',
      width: 8,
      queries: [
        { expr: `process_resident_memory_bytes{${own}}`, legend: 'resident {{instance}}' },
        { expr: `nodejs_heap_size_used_bytes{${own}}`, legend: 'heap {{instance}}' },
      ],
    },
    {
      title: 'CPU',
      kind: 'timeseries',
      width: 8,
      queries: [{ expr: rate('process_cpu_seconds_total', 'instance'), legend: '{{instance}}' }],
    },
    {
      title: 'Event loop lag, 99 of 100 below',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (instance, le) (rate(plimsoll_event_loop_lag_seconds_bucket{${own}}[$__rate_interval])))`,
          legend: '{{instance}}',
        },
      ],
    },
  ],
};

/** Rows about the controller and what it talks to. */
export const machineRows: readonly Row[] = [registriesRow, loopRow, processRow];
