import { at, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../../model/json.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { ageColumn, type Column, column, countColumn, nameColumn, textColumn } from './table-columns.ts';

const template = ['spec', 'template', 'spec', 'containers'] as const;

/** Containers, images and selector: the wide columns of every workload. */
const wideColumns: readonly Column[] = [
  column('Containers', (object) => eachContainer(object, 'name'), 1),
  column('Images', (object) => eachContainer(object, 'image'), 1),
  column('Selector', (object) => pairs(textMapAt(object, 'spec', 'selector', 'matchLabels')), 1),
];

/** The table of Deployments. */
export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) =>
    ratio(numberAt(object, 'status', 'readyReplicas'), numberAt(object, 'spec', 'replicas')),
  ),
  { ...countColumn('Up-to-date', 'status', 'updatedReplicas'), type: 'string' },
  { ...countColumn('Available', 'status', 'availableReplicas'), type: 'string' },
  ageColumn,
  ...wideColumns,
];

/** The table of ReplicaSets. */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  countColumn('Desired', 'spec', 'replicas'),
  countColumn('Current', 'status', 'replicas'),
  countColumn('Ready', 'status', 'readyReplicas'),
  ageColumn,
  ...wideColumns,
];

/** The table of StatefulSets. */
export const statefulSetColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) =>
    ratio(numberAt(object, 'status', 'readyReplicas'), numberAt(object, 'spec', 'replicas')),
  ),
  ageColumn,
  ...wideColumns.slice(0, 2),
];

/** The table of DaemonSets. */
export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  countColumn('Desired', 'status', 'desiredNumberScheduled'),
  countColumn('Current', 'status', 'currentNumberScheduled'),
  countColumn('Ready', 'status', 'numberReady'),
  countColumn('Up-to-date', 'status', 'updatedNumberScheduled'),
  countColumn('Available', 'status', 'numberAvailable'),
  column('Node Selector', (object) => pairs(textMapAt(object, 'spec', 'template', 'spec', 'nodeSelector'))),
  ageColumn,
  ...wideColumns,
];

/** The table of CronJobs. */
export const cronJobColumns: readonly Column[] = [
  nameColumn,
  textColumn('Schedule', 'spec', 'schedule'),
  textColumn('Timezone', 'spec', 'timeZone'),
  {
    ...column('Suspend', (object) => (at(object, 'spec', 'suspend') === true ? 'True' : 'False')),
    type: 'boolean',
  },
  { ...column('Active', (object) => listAt(object, 'status', 'active').length), type: 'integer' },
  column('Last Schedule', (object, now) => {
    const last = textAt(object, 'status', 'lastScheduleTime');
    return last === undefined ? '<none>' : ageOf(last, now);
  }),
  ageColumn,
];

/** The table of Jobs. */
export const jobColumns: readonly Column[] = [
  nameColumn,
  column('Status', jobStatus),
  column('Completions', (object) =>
    ratio(numberAt(object, 'status', 'succeeded'), numberAt(object, 'spec', 'completions')),
  ),
  column('Duration', jobDuration),
  ageColumn,
];

function ratio(part: number | undefined, whole: number | undefined): string {
  return `${part ?? 0}/${whole ?? 0}`;
}

function eachContainer(object: JsonObject, field: string): string {
  return listAt(object, ...template)
    .map((container) => textAt(container, field) ?? '')
    .join(',');
}

function pairs(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map).map(([key, value]) => `${key}=${value}`);
  return entries.length === 0 ? '<none>' : entries.join(',');
}

function jobStatus(job: JsonObject): string {
  const met = listAt(job, 'status', 'conditions').find((condition) => at(condition, 'status') === 'True');
  return textAt(met, 'type') ?? 'Running';
}

function jobDuration(job: JsonObject, now: number): string {
  const start = textAt(job, 'status', 'startTime');
  if (start === undefined) return '';
  const end = textAt(job, 'status', 'completionTime');
  return humanDuration(((end === undefined ? now : Date.parse(end)) - Date.parse(start)) / 1_000);
}
