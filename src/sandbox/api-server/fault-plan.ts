import { ApiFault } from './api-fault.ts';

/** Failures to come, for tests. */
export interface PlannedFailure {
  /** How many requests fail. */
  readonly count: number;
  /** The HTTP status that they get; 0 breaks the connection off without an answer. */
  readonly status: number;
  /** Only requests whose path begins so. */
  readonly path?: string;
  /** Only requests of this HTTP method. */
  readonly method?: string;
  /** Seconds, for the header `Retry-After`. */
  readonly retryAfter?: number;
}

/** What a request meets instead of an answer: a broken connection or a refusal. */
export type Obstacle = 'break' | ApiFault;

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Makes requests fail as planned, and holds them back while the server is paused. */
export class FaultPlan {
  readonly #planned: (PlannedFailure & { left: number })[] = [];
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  /** Plans failures; several plans are used up in the order of their making. */
  failNext(failure: PlannedFailure): void {
    this.#planned.push({ ...failure, left: failure.count });
  }

  /** Takes the next planned failure that fits a request, or nothing. */
  take(method: string, path: string): Obstacle | undefined {
    const plan = this.#planned.find(
      (failure) =>
        path.startsWith(failure.path ?? '/') && (failure.method === undefined || failure.method === method),
    );
    if (plan === undefined) return undefined;
    plan.left--;
    if (plan.left <= 0) this.#planned.splice(this.#planned.indexOf(plan), 1);
    if (plan.status === 0) return 'break';
    const { status, retryAfter } = plan;
    const reason = reasons[status] ?? 'InternalError';
    const details = retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } };
    return new ApiFault({ code: status, reason, message: `planned failure ${status}`, ...details });
  }

  /** From now on no request is answered. */
  pause(): void {
    if (this.#pause !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pause = { over: promise, end: resolve };
  }

  /** Answers what was held back, and what comes. */
  resume(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }

  /** Resolves once the server is not paused. */
  async passed(): Promise<void> {
    await this.#pause?.over;
  }
}
