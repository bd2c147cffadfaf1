import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { ContainerRun, type NodeParts } from './container-run.ts';
import { type ContainerState, newContainer } from './container-state.ts';
import { podStatus, type PodPlace } from './pod-status.ts';

/** Runs the containers of one pod: init containers one after the other, then the others together. */
export class PodRun {
  readonly #node: NodeParts;
  readonly #place: PodPlace;
  readonly #init: readonly ContainerRun[];
  readonly #sidecars: ReadonlySet<ContainerRun>;
  readonly #main: readonly ContainerRun[];
  #initialized = false;

  /** `changed` is called whenever {@link PodRun.status} has something new to say. */
  constructor(pod: JsonObject, node: NodeParts, podIp: string, changed: () => void) {
    this.#node = node;
    this.#place = { hostIp: '10.0.0.1', podIp, startTime: timestamp(node.clock.now()) };
    const restarts = textAt(pod, 'spec', 'restartPolicy') !== 'Never';
    const initContainers = listAt(pod, 'spec', 'initContainers').filter(isJsonObject);
    this.#init = initContainers.map((container) => {
      const role = isSidecar(container)
        ? { completes: false, restarts: true }
        : { completes: true, restarts };
      return new ContainerRun(container, role, node, changed);
    });
    this.#sidecars = new Set(this.#init.filter((_, index) => isSidecar(initContainers[index])));
    const main = { completes: textAt(pod, 'spec', 'restartPolicy') !== 'Always', restarts };
    this.#main = listAt(pod, 'spec', 'containers')
      .filter(isJsonObject)
      .map((container) => new ContainerRun(container, main, node, changed));
  }

  /** Runs until every container has ended for good; rejects when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const background: Promise<void>[] = [];
    for (const container of this.#init) {
      const running = container.run(signal);
      if (!this.#sidecars.has(container)) await running;
      else background.push(running);
      if (this.#sidecars.has(container)) await Promise.race([container.begun, running]);
    }
    this.#initialized = true;
    await Promise.all([...background, ...this.#main.map((container) => container.run(signal))]);
  }

  /** Whether a container of this pod runs a certain image. */
  uses(content: string): boolean {
    return [...this.#init, ...this.#main].some(({ state }) => state.content === content);
  }

  /** The status to report; `pod` is the object as the API server has it. */
  status(pod: JsonObject): JsonObject {
    const { clock, images } = this.#node;
    const main = this.#main.map(({ state }) => (this.#initialized ? state : beforeInit(state)));
    const containers = { init: this.#init.map(({ state }) => state), main, initialized: this.#initialized };
    const imageId = (content: string) => images.imageId(content);
    return podStatus(pod, containers, this.#place, { now: timestamp(clock.now()), imageId });
  }
}

function isSidecar(container: unknown): boolean {
  return textAt(container, 'restartPolicy') === 'Always';
}

function beforeInit({ name, image }: ContainerState): ContainerState {
  return newContainer(name, image, 'PodInitializing');
}
