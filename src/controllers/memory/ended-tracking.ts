import type { Problem } from '../../model/result.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { Container, Workload } from '../../model/workload.ts';

/** A container that is followed no longer, with what its memory is to say. */
export interface EndedTracking {
  readonly container: Container;
  readonly problem: Problem;
}

/**
 * The containers of a workload that have a memory and are not tracked any more: no policy speaks of it, or the
 * pod template holds them no longer. The memory of another workload that had the same name does not count.
 */
export function endedTracking(
  workload: Workload,
  tracked: ReadonlySet<string>,
  memories: readonly TrackedImage[],
): readonly EndedTracking[] {
  return memories
    .filter(({ ref, ownerUid }) => ownerUid === workload.uid && !tracked.has(ref.container))
    .map(({ ref, status }) => {
      const present = workload.containers.find(({ name }) => name === ref.container);
      const why = present
        ? 'no policy speaks of this container any more'
        : 'the pod template has no such container any more';
      return {
        container: present ?? gone(ref.container, status?.image ?? ''),
        problem: { reason: 'NotTracked', message: why },
      };
    });
}

/** Stands for a container of which only the name and the last image are remembered. */
function gone(name: string, image: string): Container {
  return { name, image, role: 'main', index: 0, pullPolicy: 'IfNotPresent' };
}
