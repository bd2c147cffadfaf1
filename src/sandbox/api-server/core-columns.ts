import { isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { ageOf } from './human-duration.ts';
import { objectAt } from './json-edit.ts';
import { ageColumn, type Column, column, nameColumn, textColumn, wide } from './table-columns.ts';

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
  column('Subobject', () => '', 1),
  column('Source', reporter, 1),
  column('Message', (event) => (textAt(event, 'message') ?? textAt(event, 'note') ?? '').trim()),
  column('First Seen', (event, now) => ageOf(firstSeen(event), now), 1),
  column('Count', (event) => numberAt(event, 'series', 'count') ?? numberAt(event, 'count') ?? 1, 1),
  wide(nameColumn),
];

/** The table of Nodes. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', (node) => (isReady(node) ? 'Ready' : 'NotReady')),
  column('Roles', () => '<none>'),
  ageColumn,
  textColumn('Version', 'status', 'nodeInfo', 'kubeletVersion'),
  wide(column('Internal-IP', () => '<none>')),
  wide(column('External-IP', () => '<none>')),
  wide(textColumn('OS-Image', 'status', 'nodeInfo', 'osImage')),
  wide(textColumn('Kernel-Version', 'status', 'nodeInfo', 'kernelVersion')),
  wide(textColumn('Container-Runtime', 'status', 'nodeInfo', 'containerRuntimeVersion')),
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

function firstSeen(event: JsonObject): string | undefined {
  return (
    textAt(event, 'firstTimestamp') ?? textAt(event, 'deprecatedFirstTimestamp') ?? textAt(event, 'eventTime')
  );
}

function reporter(event: JsonObject): string {
  const component = textAt(event, 'reportingComponent') ?? textAt(event, 'reportingController');
  const parts = [textAt(event, 'source', 'component') ?? component, textAt(event, 'reportingInstance')];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
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
