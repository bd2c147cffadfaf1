import { type JsonObject, textAt } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { type ContainerState, newContainer } from './container-state.ts';
import type { ImageCache, LocalImage } from './image-cache.ts';
import type { Behaviour, ContainerScript } from './image-source.ts';

/** How fast a node works, in milliseconds. */
export interface Pace {
  /** Between two ordinary steps. */
  readonly step: number;
  /** Before a failed pull or a crashed container is tried again; doubles up to `longest`. */
  readonly backoff: { readonly initial: number; readonly longest: number };
}

/** What a container finds on its node. */
export interface NodeParts {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly images: ImageCache;
  readonly behaviour: Behaviour;
}

/** Whether a container ends (an init container) or goes on, and whether it is started again when it fails. */
export interface ContainerRole {
  readonly completes: boolean;
  readonly restarts: boolean;
}

/** Runs one container: pulls its image, starts it, and does what its script says. */
export class ContainerRun {
  readonly #container: JsonObject;
  readonly #role: ContainerRole;
  readonly #node: NodeParts;
  readonly #changed: () => void;
  readonly #begun = Promise.withResolvers<void>();
  #state: ContainerState;

  constructor(container: JsonObject, role: ContainerRole, node: NodeParts, changed: () => void) {
    this.#container = container;
    this.#role = role;
    this.#node = node;
    this.#changed = changed;
    this.#state = newContainer(
      textAt(container, 'name') ?? '',
      textAt(container, 'image') ?? '',
      'ContainerCreating',
    );
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** Resolves when the container has been started for the first time. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Runs until the container has ended for good; rejects when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Doubling(this.#node.pace.backoff);
    for (;;) {
      const image = await this.#pull(signal);
      const exitCode = await this.#live(image, signal);
      if (exitCode === 0 && this.#role.completes) return;
      if (!this.#role.restarts) return;
      await this.#waitForRestart(backoff, signal);
    }
  }

  /** Gets the image; fails over and over until it is there. */
  async #pull(signal: AbortSignal): Promise<LocalImage> {
    const { clock, pace, images, behaviour } = this.#node;
    const backoff = new Doubling(pace.backoff);
    for (;;) {
      await clock.sleep(pace.step, signal);
      const { image } = this.#state;
      const obtained = await images.obtain(
        image,
        textAt(this.#container, 'imagePullPolicy') ?? 'IfNotPresent',
      );
      if (obtained.ok) {
        const { pullTakes = 0 } = behaviour(image, obtained.image.digest);
        if (obtained.pulled && pullTakes > 0) await clock.sleep(pullTakes, signal);
        return obtained.image;
      }
      this.#waiting(obtained.reason, obtained.message);
      await clock.sleep(pace.step, signal);
      if (obtained.reason === 'ErrImagePull') {
        this.#waiting(
          'ImagePullBackOff',
          `Back-off pulling image "${image}": ErrImagePull: ${obtained.message}`,
        );
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** Starts the container and stays with it; resolves with its exit code. */
  async #live({ content, digest }: LocalImage, signal: AbortSignal): Promise<number> {
    const { clock, pace, behaviour } = this.#node;
    const script = this.#scriptOf(behaviour(this.#state.image, digest));
    const startedAt = timestamp(clock.now());
    this.#become({ content, started: true, ready: false, phase: { kind: 'running', since: startedAt } });
    this.#begun.resolve();
    const start = clock.monotonic();
    const readyAfter = script.readyAfter ?? pace.step;
    if (readyAfter !== 'never' && readyAfter < (script.exitsAfter ?? Number.POSITIVE_INFINITY)) {
      await clock.sleep(readyAfter, signal);
      this.#become({ ready: true });
    }
    if (script.exitsAfter === undefined) await untilAborted(signal);
    await clock.sleep(start + (script.exitsAfter ?? 0) - clock.monotonic(), signal);
    const ending = { exitCode: script.exitCode ?? 1, startedAt, finishedAt: timestamp(clock.now()) };
    const done = ending.exitCode === 0 && this.#role.completes;
    this.#become({ started: false, ready: done, phase: { kind: 'terminated', ending } });
    return ending.exitCode;
  }

  /** An init container that has no script of its own does its work in one step. */
  #scriptOf(script: ContainerScript): ContainerScript {
    if (!this.#role.completes || script.exitsAfter !== undefined) return script;
    return { readyAfter: 'never', exitsAfter: this.#node.pace.step, exitCode: 0 };
  }

  async #waitForRestart(backoff: Doubling, signal: AbortSignal): Promise<void> {
    const { clock, pace } = this.#node;
    const { phase, restarts, name } = this.#state;
    await clock.sleep(pace.step, signal);
    const last = phase.kind === 'terminated' ? phase.ending : undefined;
    // The first restart comes at once, as from a real kubelet.
    if (restarts > 0) {
      const wait = backoff.next();
      const message = `back-off ${Math.ceil(wait / 1_000)}s restarting failed container=${name}`;
      this.#become({ last, phase: { kind: 'waiting', reason: 'CrashLoopBackOff', message } });
      await clock.sleep(wait, signal);
    }
    this.#state = { ...this.#state, last, restarts: restarts + 1 };
  }

  #waiting(reason: string, message: string): void {
    this.#become({ started: false, ready: false, phase: { kind: 'waiting', reason, message } });
  }

  #become(change: Partial<ContainerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed();
  }
}

/** A wait that doubles each time. */
class Doubling {
  readonly #limits: Pace['backoff'];
  #next: number;

  constructor(limits: Pace['backoff']) {
    this.#limits = limits;
    this.#next = limits.initial;
  }

  next(): number {
    const wait = this.#next;
    this.#next = Math.min(this.#limits.longest, wait * 2);
    return wait;
  }
}

/** Rejects with the signal's reason when it aborts; never resolves. */
function untilAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise;
}
