import { setTimeout } from 'node:timers/promises';

/** Milliseconds between two questions, which are asked ever more rarely: what is waited for needs the processor too. */
const pauses = { first: 2, growth: 1.5, longest: 50 };

/** Waits until a condition holds; fails after `within` milliseconds with `what` was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  within = 60_000,
): Promise<void> {
  const end = performance.now() + within;
  for (let pause = pauses.first; !(await condition()); pause *= pauses.growth) {
    if (performance.now() > end) throw new Error(`waited ${within} ms in vain for ${what}`);
    await setTimeout(Math.min(pause, pauses.longest));
  }
}
