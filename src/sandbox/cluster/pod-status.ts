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
    phase: phaseOf(pod, main),
    conditions: conditionsOf(pod, containers, now),
    hostIP: place.hostIp,
    podIP: place.podIp,
    podIPs: [{ ip: place.podIp }],
    startTime: place.startTime,
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map(show) }),
    containerStatuses: main.map((state) => show(ended(state))),
    qosClass: textAt(pod, 'status', 'qosClass') ?? 'BestEffort',
  };
}

/**
 * A pod is pending until each of its containers has been started once. One that need not go on (`restartPolicy`) ends when
 * all of its containers have ended for good.
 */
function phaseOf(pod: JsonObject, main: readonly ContainerState[]): string {
  const policy = textAt(pod, 'spec', 'restartPolicy') ?? 'Always';
  const codes = main.map(({ phase }) => (phase.kind === 'terminated' ? phase.ending.exitCode : undefined));
  if (policy !== 'Always' && codes.every((code) => code === 0)) return 'Succeeded';
  if (policy === 'Never' && !codes.includes(undefined)) return 'Failed';
  const waiting = main.some(({ phase, last }) => phase.kind === 'waiting' && last === undefined);
  return waiting ? 'Pending' : 'Running';
}

/** A main container that has ended is not ready, whereas an init container that has is. */
function ended(state: ContainerState): ContainerState {
  return state.phase.kind === 'terminated' ? { ...state, ready: false } : state;
}

function conditionsOf(
  pod: JsonObject,
  { main, initialized }: PodContainers,
  now: string,
): readonly JsonObject[] {
  const unready = main
    .map(ended)
    .filter(({ ready }) => !ready)
    .map(({ name }) => name);
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
