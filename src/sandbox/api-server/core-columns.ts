import { isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { ageOf } from './human-duration.ts';
import { objectAt } from './json-edit.ts';
import { ageColumn, type Column, column, countColumn, nameColumn, textColumn } from './table-columns.ts';

/** The table of Namespaces. */
export const namespaceColumns: readonly Column[] = [
  nameColumn,
  textColumn('Status', 'status', 'phase'),
  ageColumn,
];

/** The table of Events, as stored in the core group. */
export const eventColumns: readonly Column[] = [
  column('Last Seen', (event, now) => ageOf(lastSeen(event), now)),
  textColumn('Type', 'type'),
  textColumn('Reason', 'reason'),
  column('Object', regarding),
  column('Message', (event) => (textAt(event, 'message') ?? textAt(event, 'note') ?? '').trim()),
  { ...countColumn('Count', 'count'), priority: 1 },
  { ...nameColumn, format: '', priority: 1 },
];

/** The table of Nodes. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', (node) => (isReady(node) ? 'Ready' : 'NotReady')),
  column('Roles', () => '<none>'),
  ageColumn,
  textColumn('Version', 'status', 'nodeInfo', 'kubeletVersion'),
];

/** The table of Secrets. */
export const secretColumns: readonly Column[] = [
  nameColumn,
  textColumn('Type', 'type'),
  column('Data', dataCount),
  ageColumn,
];

/** The table of ConfigMaps. */
export const configMapColumns: readonly Column[] = [nameColumn, column('Data', dataCount), ageColumn];

/** The table of Services. */
export const serviceColumns: readonly Column[] = [
  nameColumn,
  textColumn('Type', 'spec', 'type'),
  textColumn('Cluster-IP', 'spec', 'clusterIP'),
  column('External-IP', () => '<none>'),
  column('Port(s)', (service) =>
    listAt(service, 'spec', 'ports')
      .map((port) => `${numberAt(port, 'port') ?? 0}/${textAt(port, 'protocol') ?? 'TCP'}`)
      .join(','),
  ),
  ageColumn,
];

/** The table of Leases. */
export const leaseColumns: readonly Column[] = [
  nameColumn,
  textColumn('Holder', 'spec', 'holderIdentity'),
  ageColumn,
];

/** The table of CustomResourceDefinitions. */
export const definitionColumns: readonly Column[] = [
  nameColumn,
  { ...textColumn('Created At', 'metadata', 'creationTimestamp'), type: 'date' },
];

function lastSeen(event: JsonObject): string | undefined {
  return (
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'lastTimestamp') ??
    textAt(event, 'deprecatedLastTimestamp') ??
    textAt(event, 'eventTime')
  );
}

function regarding(event: JsonObject): string {
  const target = isJsonObject(event['involvedObject']) ? event['involvedObject'] : event['regarding'];
  return `${(textAt(target, 'kind') ?? '').toLowerCase()}/${textAt(target, 'name') ?? ''}`;
}

function dataCount(object: JsonObject): number {
  return Object.keys(objectAt(object, 'data')).length;
}

function isReady(node: JsonObject): boolean {
  return listAt(node, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
}
