/**
 * Loaded into the controller by `--import`, beside it and not part of it: measures how late its event loop is. Answers each
 * message with what was measured since the one before.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds from one sample to the next, which Node counts in. */
const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on('message', () => {
  const p99 = Math.max(0, delay.percentile(99) / 1e6 - resolution);
  process.send?.({ p99, max: Math.max(0, delay.max / 1e6 - resolution) });
  delay.reset();
});
process.channel?.unref();
