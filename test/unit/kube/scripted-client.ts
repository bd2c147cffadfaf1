import type { ListPage, RequestOptions, WatchOptions } from '../../../src/kube/client.ts';
import type { KubeError } from '../../../src/kube/errors.ts';
import type { Clock } from '../../../src/model/ports.ts';

/** What one list does: its pages, or where it fails. */
export type ListStep = readonly (ListPage | KubeError)[];

/** What one watch does. */
export interface WatchStep {
  readonly lines: readonly unknown[];
  /** Milliseconds before each line. */
  readonly every?: number;
  /** What happens after the last line. */
  readonly after: 'end' | 'hang' | KubeError;
}

/** A watch that brings lines and then stays open. */
export function hang(...lines: unknown[]): WatchStep {
  return { lines, after: 'hang' };
}

/** An API server that does what a script says: step by step, the last one again and again. */
export class ScriptedClient {
  readonly #clock: Clock;
  readonly calls: string[] = [];
  /** When each watch was opened, in seconds. */
  readonly watchedAt: number[] = [];
  readonly #lists: ListStep[];
  readonly #watches: WatchStep[];

  constructor(clock: Clock, lists: readonly ListStep[], watches: readonly WatchStep[]) {
    this.#clock = clock;
    this.#lists = [...lists];
    this.#watches = [...watches];
  }

  async *list(path: string, _options: RequestOptions): AsyncGenerator<ListPage> {
    this.calls.push(`list ${path}`);
    const step = this.#lists.length > 1 ? this.#lists.shift() : this.#lists[0];
    for (const page of step ?? []) {
      await Promise.resolve();
      if (page instanceof Error) throw page;
      yield page;
    }
  }

  async *watch(_path: string, options: WatchOptions): AsyncGenerator<unknown> {
    this.calls.push(`watch ${String(options.query?.['resourceVersion'])}`);
    this.watchedAt.push(this.#clock.monotonic() / 1_000);
    const step = this.#watches.length > 1 ? this.#watches.shift() : this.#watches[0];
    const { lines, after, every } = step ?? hang();
    if (after instanceof Error && lines.length === 0) throw after;
    options.opened?.();
    for (const line of lines) {
      if (every === undefined) await Promise.resolve();
      else await this.#clock.sleep(every, options.signal);
      yield line;
    }
    if (after instanceof Error) throw after;
    if (after === 'end') return;
    await new Promise((_, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
    });
  }
}
