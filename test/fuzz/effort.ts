import fc from 'fast-check';

const seconds = Number(process.env['PLIMSOLL_FUZZ_SECONDS'] ?? '0');

/**
 * How hard a property is tried: a few hundred inputs as a test, and as many as fit into `PLIMSOLL_FUZZ_SECONDS` where that is
 * set. fast-check prints seed and path of what fails; both go into the environment to see it again.
 */
function effort(): fc.Parameters<unknown> {
  const seed = process.env['PLIMSOLL_FUZZ_SEED'];
  return {
    ...(seconds > 0
      ? {
          numRuns: Number.MAX_SAFE_INTEGER,
          interruptAfterTimeLimit: seconds * 1_000,
          markInterruptAsFailure: false,
        }
      : { numRuns: 300 }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** Tries a property as hard as {@link effort} says. */
export function tryOn<T>(input: fc.Arbitrary<T>, holds: (value: T) => void): void {
  fc.assert(fc.property(input, holds), effort());
}
