import type { Clock } from '../model/ports.ts';

/** The longest delay that a Node timer takes; a longer one would fire at once. */
const longestDelay = 2_147_483_647;

/** The time of the machine. The only place, with tests' own clocks, that reads it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  schedule(milliseconds, callback) {
    const timer = setTimeout(callback, bounded(milliseconds));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, bounded(milliseconds));
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function bounded(milliseconds: number): number {
  return Math.min(Math.max(0, milliseconds), longestDelay);
}
