import { at, flagAt, type JsonObject, numberAt } from '../model/json.ts';
import type { Workload, WorkloadKind } from '../model/workload.ts';
import { conditionsOf } from './conditions.ts';
import { type Resource, resources } from './resources.ts';
import { projectWorkload } from './workload-projection.ts';

/** What differs between kinds of workload where they are read and written. */
export interface KindRow {
  readonly resource: Resource;
  /** Whether a cluster may lack the resource. */
  readonly optional: boolean;
  /** JSON pointer (RFC 6901) to the pod template. */
  readonly template: string;
  /** Reduces an object to what is kept of it; undefined where it is no workload of this kind. */
  readonly project: (object: JsonObject) => Workload | undefined;
}

/** The table of workload kinds: everything that lists, reads or patches a workload goes through its row. */
export const kinds: Readonly<Record<WorkloadKind, KindRow>> = {
  Deployment: {
    resource: resources.deployments,
    optional: false,
    template: '/spec/template',
    project: (object) =>
      projectWorkload(object, {
        kind: 'Deployment',
        template: at(object, 'spec', 'template'),
        selector: at(object, 'spec', 'selector'),
        paused: flagAt(object, 'spec', 'paused'),
        status: {
          observedGeneration: numberAt(object, 'status', 'observedGeneration') ?? 0,
          replicas: numberAt(object, 'status', 'replicas') ?? 0,
          updatedReplicas: numberAt(object, 'status', 'updatedReplicas') ?? 0,
          availableReplicas: numberAt(object, 'status', 'availableReplicas') ?? 0,
          conditions: conditionsOf(object),
        },
      }),
  },
};
