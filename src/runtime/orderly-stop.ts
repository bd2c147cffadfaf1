import type { Clock } from '../model/ports.ts';

/** How work ends in two steps. */
export interface OrderlyStop {
  /** After this nothing new is begun. */
  readonly intake: AbortSignal;
  /** After this what is under way is dropped. */
  readonly work: AbortSignal;
  /** Ends the intake, because everything is done. */
  readonly finish: () => void;
}

/** What ends work. */
export interface StopOrders {
  readonly clock: Pick<Clock, 'schedule'>;
  /** Aborts when nobody may work here any more, for whatever reason. */
  readonly leading: AbortSignal;
  /** Aborts when somebody wants the process to end. */
  readonly order: AbortSignal;
  /** Milliseconds that what is under way has to be finished. */
  readonly grace: number;
}

/**
 * Gives what is under way its grace where the process is to end, and none where the leadership was lost without that order: another
 * one may have begun by then.
 */
export function orderlyStop({ clock, leading, order, grace }: StopOrders): OrderlyStop {
  const finished = new AbortController();
  const work = new AbortController();
  const intake = AbortSignal.any([leading, finished.signal]);
  const drop = () => work.abort(new Error('stopped'));
  const end = () => {
    if (leading.aborted && !order.aborted) drop();
    else clock.schedule(grace, drop);
  };
  if (intake.aborted) end();
  else intake.addEventListener('abort', end, { once: true });
  return { intake, work: work.signal, finish: () => finished.abort() };
}
