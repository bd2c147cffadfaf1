import type { JsonObject } from '../../model/json.ts';

/** What a kubelet knows of one container. */
export interface ContainerState {
  readonly name: string;
  /** As the pod names it. */
  readonly image: string;
  /** The image that runs or ran; undefined before the first pull. */
  readonly content: string | undefined;
  readonly restarts: number;
  readonly started: boolean;
  readonly ready: boolean;
  readonly phase: ContainerPhase;
  /** How it ended the last time. */
  readonly last: Ending | undefined;
}

/** What a container is doing. */
export type ContainerPhase =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly since: string }
  | { readonly kind: 'terminated'; readonly ending: Ending };

/** How a container ended; times in RFC 3339. */
export interface Ending {
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A container that has yet to begin. */
export function newContainer(name: string, image: string, reason: string): ContainerState {
  return {
    name,
    image,
    content: undefined,
    restarts: 0,
    started: false,
    ready: false,
    phase: { kind: 'waiting', reason },
    last: undefined,
  };
}

/** The entry of `containerStatuses` for a container; `imageId` is the node's present name for its image. */
export function containerStatus(state: ContainerState, imageId: string): JsonObject {
  return {
    name: state.name,
    image: state.image,
    imageID: imageId,
    ready: state.ready,
    started: state.started,
    restartCount: state.restarts,
    state: phaseStatus(state.phase),
    lastState: state.last === undefined ? {} : { terminated: endingStatus(state.last) },
  };
}

function phaseStatus(phase: ContainerPhase): JsonObject {
  switch (phase.kind) {
    case 'waiting': {
      const { reason, message } = phase;
      return { waiting: message === undefined ? { reason } : { reason, message } };
    }
    case 'running':
      return { running: { startedAt: phase.since } };
    case 'terminated':
      return { terminated: endingStatus(phase.ending) };
    default:
      return phase satisfies never;
  }
}

function endingStatus({ exitCode, startedAt, finishedAt }: Ending): JsonObject {
  return { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt };
}
