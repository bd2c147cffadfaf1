import type { GateInput } from '../../decide/gates.ts';
import type { Workload } from '../../model/workload.ts';
import type { ContainerView } from './container-view.ts';
import { revertHold } from '../rollouts/foreign-writes.ts';
import { trackedImageName } from '../memory/tracked-image-status.ts';

/** What the gates look at that is the same for every container of a workload, or that its memory does not say. */
type Around = Pick<GateInput, 'breaker' | 'now' | 'rollout' | 'placeFree' | 'readOnly'>;

/** What the gates look at for one container. */
export function gateInputOf(workload: Workload, view: ContainerView, around: Around): GateInput {
  const { container, policy, tracked, memory } = view;
  return {
    ...around,
    workload,
    policy,
    container: container.name,
    handle: trackedImageName({ workload: workload.ref, container: container.name }),
    held: tracked?.spec.hold ?? false,
    approval: memory.approval,
    reverted: revertHold(container, memory),
  };
}
