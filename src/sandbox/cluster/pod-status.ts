import { type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { type ContainerState, containerStatus } from './container-state.ts';

/** What a kubelet knows of a pod's containers. */
export interface PodContainers {
  readonly init: readonly ContainerState[];
  readonly main: readonly ContainerState[];
  /** Whether every init container has done its part. */
  readonly initialized: boolean;
}

/** Where a pod runs. */
export interface PodPlace {
  readonly hostIp: string;
  readonly podIp: string;
  /** RFC 3339. */
  readonly startTime: string;
}

/** The status that a kubelet reports for a pod. `now` is RFC 3339; `imageId` names the image of a content. */
export function podStatus(
  pod: JsonObject,
  containers: PodContainers,
  place: PodPlace,
  { now, imageId }: { readonly now: string; readonly imageId: (content: string) => string },
): JsonObject {
  const { init, main } = containers;
  const show = (state: ContainerState) =>
    containerStatus(state, state.content === undefined ? '' : imageId(state.content));
  return {
    observedGeneration: numberAt(pod, 'metadata', 'generation') ?? 1,
    phase: phaseOf(main),
    conditions: conditionsOf(pod, containers, now),
    hostIP: place.hostIp,
    podIP: place.podIp,
    podIPs: [{ ip: place.podIp }],
    startTime: place.startTime,
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map(show) }),
    containerStatuses: main.map(show),
    qosClass: textAt(pod, 'status', 'qosClass') ?? 'BestEffort',
  };
}

/** A pod is pending until each of its containers has been started once. */
function phaseOf(main: readonly ContainerState[]): string {
  const waiting = main.some(({ phase, last }) => phase.kind === 'waiting' && last === undefined);
  return waiting ? 'Pending' : 'Running';
}

function conditionsOf(
  pod: JsonObject,
  { main, initialized }: PodContainers,
  now: string,
): readonly JsonObject[] {
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
  const notReady = {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
  const ready = unready.length === 0 && initialized;
  const findings: readonly (readonly [type: string, met: boolean, why: JsonObject])[] = [
    ['PodReadyToStartContainers', true, {}],
    ['Initialized', initialized, { reason: 'ContainersNotInitialized' }],
    ['Ready', ready, notReady],
    ['ContainersReady', ready, notReady],
    ['PodScheduled', true, {}],
  ];
  return findings.map(([type, met, why]) => {
    const status = met ? 'True' : 'False';
    const before = listAt(pod, 'status', 'conditions').find(
      (condition) => textAt(condition, 'type') === type,
    );
    const since = textAt(before, 'status') === status ? textAt(before, 'lastTransitionTime') : undefined;
    return { type, status, lastProbeTime: null, lastTransitionTime: since ?? now, ...(met ? {} : why) };
  });
}
