/** What a run has to undo. */
export type Teardown = {
  /** Registers one step. */
  defer(step: () => Promise<void> | void): void;
  /** Runs all steps, the last registered first. A step that fails does not keep the others from running; failures are returned. */
  run(): Promise<unknown[]>;
};

/** Makes an empty list of things to undo. */
export function createTeardown(): Teardown {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    defer(step) {
      steps.push(step);
    },
    async run() {
      const failures: unknown[] = [];
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          failures.push(error);
        }
      }
      return failures;
    },
  };
}
