import { setTimeout } from 'node:timers/promises';

/** Waits until a condition holds; fails after `within` milliseconds with `what` was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  within = 20_000,
): Promise<void> {
  const end = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${within} ms in vain for ${what}`);
    await setTimeout(2);
  }
}
