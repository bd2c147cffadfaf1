import { coreTypes } from './core-types.ts';
import { eventTypes } from './event-types.ts';
import { otherTypes } from './other-types.ts';
import { usual } from './resource-row.ts';
import type { ResourceBehaviour, ResourceType } from './resource-type.ts';
import { workloadTypes } from './workload-types.ts';

/** The types that are there from the start; custom resource definitions add to them. */
export const builtInTypes: readonly ResourceType[] = [
  ...coreTypes,
  ...eventTypes,
  ...workloadTypes,
  ...otherTypes,
];

/** How custom resources behave. */
export const customBehaviour: ResourceBehaviour = {
  ...usual,
  generationFields: ['everything'],
  unconditionalUpdate: false,
  strategicMerge: false,
};
