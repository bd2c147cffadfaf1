import type { JsonObject } from '../model/json.ts';
import type { Clock, Logger, Metrics } from '../model/ports.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { KubeClient, Query } from './client.ts';
import { Deadline, orAborted } from './deadline.ts';
import { errorOfBadAnswer, errorOfFault, errorOfStatus, isKubeError, KubeError } from './errors.ts';
import { Mirror } from './mirror.ts';
import { listPath, type Resource } from './resources.ts';
import type { Store } from './store.ts';
import { readWatchEvent } from './watch-event.ts';

/** What a reflector needs. */
export interface ReflectorOptions<T> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource;
  /** One namespace instead of all. */
  readonly namespace?: string | undefined;
  /** Whether the API may lack the resource: it then counts as an empty collection and is looked for every 5 minutes. */
  readonly optional?: boolean;
  /** Reduces an object to what is kept of it; undefined keeps nothing. Pure, and quick: it runs between two events. */
  readonly project: (object: JsonObject) => T | undefined;
  readonly store: Store<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'informerRestart'>;
  /** Told when the resource was listed again after it could not be: what failed for that reason may work now. */
  readonly recovered?: () => void;
  /** Told when the server answers again after it did not, be it to a list or a watch. */
  readonly answers?: () => void;
  /** A number in [0, 1) for each call; `Math.random` outside tests. */
  readonly random?: () => number;
}

/** What a reflector is doing. */
export type ReflectorState = 'stopped' | 'listing' | 'watching' | 'waiting' | 'absent';

/** Milliseconds and counts; kubernetes.io, "API concepts", and the habits of client-go where it says nothing. */
const backoffLimits = { initial: 800, longest: 30_000 };
const silenceLimit = 150_000;
const watchSpacing = 1_000;
/** A watch that the server let live for so long was no failure, however it ended. */
const healthyAfter = 5_000;
const absentRetry = 300_000;
const resumesBeforeList = 5;
/** How long after it should have done something a loop is called stuck: far beyond every timeout of its own. */
const stuckAfter = 300_000;
const shortestWatch = { seconds: 300, spread: 300 };

/**
 * Keeps a store equal to a resource of the API server for as long as it runs: lists, then watches, resumes after every cut
 * and lists again where the history is gone. Changes reach the store in the server's order, each before the next is read.
 * Nothing that a server does ends it; only its signal does.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #path: string;
  readonly #mirror: Mirror<T>;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #firstList = Promise.withResolvers<void>();
  #state: ReflectorState = 'stopped';
  #synced = false;
  #problem: KubeError | undefined;
  /** Where a watch goes on from; undefined when the next thing to do is a list. */
  #resumeFrom: string | undefined;
  #emptyResumes = 0;
  #nextConnect = 0;
  #lastLine: number;
  /** When the loop must have done something, in the clock's monotonic milliseconds. */
  #moveBy = Number.POSITIVE_INFINITY;

  constructor(options: ReflectorOptions<T>) {
    const { resource, namespace, store, project, random = Math.random } = options;
    this.#options = options;
    this.#path = listPath(resource, namespace);
    this.#mirror = new Mirror(store, project);
    this.#random = random;
    this.#backoff = new Backoff({ ...backoffLimits, random });
    this.#lastLine = options.clock.monotonic();
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** The plural name of what is reflected: `deployments`. */
  get resource(): string {
    return this.#options.resource.plural;
  }

  /** The one namespace that is reflected; undefined where all are. */
  get namespace(): string | undefined {
    return this.#options.namespace;
  }

  /** How many objects the server has, whether or not anything is kept of them. */
  get objects(): number {
    return this.#mirror.size;
  }

  /** Whether the store has been complete at least once (a resource that is absent and optional is complete). */
  get synced(): boolean {
    return this.#synced;
  }

  /** What keeps the store from being current, or undefined while all is well. */
  get problem(): KubeError | undefined {
    return this.#problem;
  }

  /** When the server was last heard, in the clock's monotonic milliseconds. */
  get lastHeard(): number {
    return this.#lastLine;
  }

  /** Whether the loop has come to a standstill: not even a failed request for minutes. A fault of ours, never of a server. */
  get stuck(): boolean {
    return this.#options.clock.monotonic() > this.#moveBy;
  }

  /** Resolves when {@link synced} becomes true. */
  whenSynced(signal: AbortSignal): Promise<void> {
    return orAborted(this.#firstList.promise, signal);
  }

  /** Runs until the signal aborts, then resolves. To be called once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#moves();
      try {
        if (this.#resumeFrom === undefined) await this.#list(signal);
        else await this.#watch(this.#resumeFrom, signal);
      } catch (fault) {
        if (signal.aborted) break;
        await this.#recover(errorOfFault({ method: 'WATCH', path: this.#path }, fault), signal);
      }
    }
    this.#state = 'stopped';
    this.#moveBy = Number.POSITIVE_INFINITY;
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#state = 'listing';
    this.#mirror.beginList();
    let resourceVersion: string | undefined;
    for await (const page of this.#options.client.list(this.#path, { signal })) {
      this.#moves();
      for (const object of page.items) this.#apply(() => this.#mirror.put(object));
      resourceVersion = page.resourceVersion;
    }
    this.#apply(() => this.#mirror.endList());
    this.#resumeFrom = resourceVersion;
    this.#emptyResumes = 0;
    const recovered = this.#synced && this.#problem !== undefined;
    this.#current();
    this.#sync();
    if (recovered) this.#options.recovered?.();
  }

  async #watch(resumeFrom: string, signal: AbortSignal): Promise<void> {
    const { clock, client } = this.#options;
    await this.#space(signal);
    const started = clock.monotonic();
    let openedAt = Number.POSITIVE_INFINITY;
    const silence = new Deadline(clock, silenceLimit, signal);
    let lines = 0;
    try {
      const query: Query = {
        resourceVersion: resumeFrom,
        allowWatchBookmarks: true,
        timeoutSeconds: shortestWatch.seconds + Math.floor(this.#random() * shortestWatch.spread),
      };
      const opened = () => {
        openedAt = clock.monotonic();
        this.#current();
      };
      for await (const line of client.watch(this.#path, { query, signal: silence.signal, opened })) {
        lines++;
        silence.extend();
        this.#lastLine = clock.monotonic();
        this.#moves();
        this.#take(line);
      }
    } catch (fault) {
      throw silence.expired ? this.#fault('Timeout', `nothing came for ${silenceLimit} ms`) : fault;
    } finally {
      silence.close();
      if (lines > 0) this.#emptyResumes = 0;
      if (!silence.expired && clock.monotonic() - openedAt >= healthyAfter) this.#backoff.reset();
    }
    signal.throwIfAborted();
    // A server that hangs up at once would otherwise be asked again every second for as long as it does so.
    if (lines === 0 && clock.monotonic() - started < watchSpacing) {
      throw this.#fault('Unavailable', 'the server ended the watch as soon as it had begun');
    }
    this.#options.metrics.informerRestart(this.resource, 'Ended');
  }

  /** Takes in one line; throws what ends the watch. */
  #take(line: unknown): void {
    const request = { method: 'WATCH', path: this.#path };
    const event = readWatchEvent(line);
    if (event === undefined) throw errorOfBadAnswer(request, 'a line that is no watch event');
    if (event.kind === 'error') throw errorOfStatus(request, event.status);
    if (event.kind === 'put') this.#apply(() => this.#mirror.put(event.object));
    if (event.kind === 'removed') this.#apply(() => this.#mirror.remove(event.object));
    this.#resumeFrom = event.resourceVersion;
  }

  /** A fault in a projection or a listener is ours, not the server's: it is told, and the next change is taken in. */
  #apply(change: () => void): void {
    try {
      change();
    } catch (fault) {
      const cause = fault instanceof Error && fault.cause !== undefined ? fault.cause : fault;
      this.#options.log.error({ resource: this.resource, err: cause }, 'a change could not be taken in');
    }
  }

  async #recover(error: KubeError, signal: AbortSignal): Promise<void> {
    const absent = this.#options.optional === true && error.code === 'NotFound';
    // A resource that need not be there is looked for now and then, in each namespace that is watched: nothing breaks off.
    if (!absent) this.#options.metrics.informerRestart(this.resource, error.code);
    this.#complain(error);
    if (this.#resumeFrom !== undefined) this.#emptyResumes++;
    const gone = isKubeError(error, 'Gone', 'NotFound') || this.#emptyResumes >= resumesBeforeList;
    if (gone) this.#resumeFrom = undefined;
    const backoff = this.#backoff.fail();
    if (absent) {
      this.#apply(() => this.#mirror.clear());
      this.#problem = undefined;
      this.#sync();
    }
    this.#state = absent ? 'absent' : 'waiting';
    const wait = absent ? absentRetry : (error.retryAfter ?? backoff);
    this.#moves(wait);
    await this.#options.clock.sleep(wait, signal).catch(() => undefined);
  }

  /** Notes that the loop has done something, and means to wait that many milliseconds before it does more. */
  #moves(wait = 0): void {
    this.#moveBy = this.#options.clock.monotonic() + wait + stuckAfter;
  }

  /** Waits until a watch may be opened again. */
  async #space(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const wait = this.#nextConnect - clock.monotonic();
    if (wait > 0) await clock.sleep(wait, signal);
    this.#nextConnect = clock.monotonic() + watchSpacing;
  }

  /** The server has accepted a list or a watch. */
  #current(): void {
    this.#state = 'watching';
    this.#lastLine = this.#options.clock.monotonic();
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.log.info({ resource: this.resource }, 'the API server answers again');
    this.#options.answers?.();
  }

  #sync(): void {
    this.#synced = true;
    this.#firstList.resolve();
  }

  /** Tells a person once for each kind of problem, not for each attempt. What ordinary life brings is no problem. */
  #complain(error: KubeError): void {
    const ordinary = isKubeError(error, 'Gone') && this.#problem === undefined;
    const optional = this.#options.optional === true && error.code === 'NotFound';
    if (ordinary || optional) return;
    if (this.#problem?.code !== error.code) {
      this.#options.log.warn({ resource: this.resource, code: error.code }, error.message);
    }
    this.#problem = error;
  }

  #fault(code: 'Timeout' | 'Unavailable', detail: string): KubeError {
    return new KubeError({ method: 'WATCH', path: this.#path }, { code, detail });
  }
}
