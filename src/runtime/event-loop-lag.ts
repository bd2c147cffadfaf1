import type { Clock, Metrics } from '../model/ports.ts';

/** Milliseconds from one sample to the next: each wakes a process that sleeps nearly all of its life. */
const every = 5_000;

/**
 * Notes again and again how late a timer came, which is for how long all else had to wait too: because the process does not get
 * the CPU that it needs, or does not let go of it. Ends when the signal aborts.
 */
export async function watchEventLoop(
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Pick<Metrics, 'eventLoopLag'> },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const due = clock.monotonic() + every;
    await clock.sleep(every, signal).catch(() => undefined);
    if (!signal.aborted) metrics.eventLoopLag(Math.max(0, clock.monotonic() - due) / 1_000);
  }
}
