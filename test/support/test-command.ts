/** Milliseconds for a test, a hook or a suite that names no limit of its own. */
const timeLimit = 10 * 60_000;

/**
 * The arguments of `node` that run files of tests, each in a process of its own, so that none can disturb another; nothing that
 * hangs holds up the rest. Flags of the caller stand last and win.
 */
export function testCommand(
  files: readonly string[],
  { concurrency, flags }: { readonly concurrency: number; readonly flags: readonly string[] },
): string[] {
  const endInTime = `--import=${new URL('end-in-time.ts', import.meta.url).href}`;
  const defaults = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeLimit}`];
  return [endInTime, '--test', ...defaults, ...flags, ...files];
}
