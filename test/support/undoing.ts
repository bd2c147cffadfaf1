import { after } from 'node:test';
import { createTeardown } from '../kubernetes/teardown.ts';

/** What has an end at which hooks run: the context of a test, or the suite in whose body this is called. */
interface Owner {
  after(hook: () => Promise<void>): void;
}

/**
 * Makes the list of what is to be undone after a test or a suite. Each step is registered as soon as there is something to
 * undo, so that all of it is undone where the preparation failed halfway, and where another step fails: the last one first.
 */
export function undoing(owner: Owner = { after }): (step: () => unknown) => void {
  const teardown = createTeardown();
  owner.after(async () => {
    const failures = await teardown.run();
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'));
    if (failures.length === 1) throw failures[0];
  });
  return (step) => teardown.defer(async () => void (await step()));
}
