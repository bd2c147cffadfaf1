import { type Reason, stateOf } from '../../src/model/reasons.ts';
import type { TrackedImage, TrackedImageStatus } from '../../src/model/tracked-image.ts';
import { aWorkload } from './deployments.ts';

/** What the controller remembers of a container that is in the state of a reason; `more` says what else its status holds. */
export function aTrackedImage(
  reason: Reason,
  more: Partial<TrackedImageStatus> = {},
): TrackedImage & { readonly status: TrackedImageStatus } {
  return {
    ref: { workload: aWorkload().ref, container: 'app' },
    name: 'deployment.web.app',
    uid: 'u',
    ownerUid: 'uid-web',
    resourceVersion: '1',
    generation: 1,
    spec: {
      hold: false,
      approve: undefined,
      checkAt: undefined,
      skip: [],
      retry: undefined,
      rollbackTo: undefined,
    },
    status: aStatus(reason, more),
    conditions: [],
  };
}

/** What is told of a container in the state of a reason, and else as `more` says. */
export function aStatus(reason: Reason, more: Partial<TrackedImageStatus> = {}): TrackedImageStatus {
  return {
    running: [],
    latest: undefined,
    candidate: undefined,
    digest: undefined,
    history: [],
    image: 'app:1',
    state: stateOf(reason),
    reason,
    message: '',
    observedGeneration: 1,
    checkedAt: undefined,
    rejected: [],
    reverts: [],
    retriedAt: undefined,
    ...more,
  };
}
