import { eventColumns } from './core-columns.ts';
import {
  asCoreEvent,
  asKeptEvent,
  fromCoreEvent,
  toCoreEvent,
  validateCoreEvent,
  validateEvent,
  wrongMicroTime,
} from './event-form.ts';
import { row } from './resource-row.ts';
import type { ResourceType } from './resource-type.ts';

const eventTimes = [['eventTime'], ['series', 'lastObservedTime']];

/** Events: one storage under two names. */
export const eventTypes: readonly ResourceType[] = [
  row('v1', 'Event', {
    shortNames: ['ev'],
    columns: eventColumns,
    behaviour: {
      createOnUpdate: true,
      fromStorage: asCoreEvent,
      toStorage: asKeptEvent,
      validate: (event) => validateCoreEvent(event),
      undecodable: (event) => wrongMicroTime(event, eventTimes),
      selectableFields: [
        'involvedObject.kind',
        'involvedObject.namespace',
        'involvedObject.name',
        'involvedObject.uid',
        'involvedObject.apiVersion',
        'involvedObject.resourceVersion',
        'involvedObject.fieldPath',
        'reason',
        'reportingComponent',
        'source',
        'type',
      ],
    },
  }),
  row('events.k8s.io/v1', 'Event', {
    storage: 'events',
    shortNames: ['ev'],
    columns: eventColumns,
    behaviour: {
      createOnUpdate: true,
      validate: validateEvent,
      undecodable: (event) => wrongMicroTime(event, eventTimes),
      toStorage: toCoreEvent,
      fromStorage: fromCoreEvent,
      selectableFields: [
        'regarding.kind',
        'regarding.namespace',
        'regarding.name',
        'regarding.uid',
        'reason',
        'type',
      ],
    },
  }),
];
