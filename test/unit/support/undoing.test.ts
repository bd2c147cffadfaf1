import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { undoing } from '../../support/undoing.ts';

describe('what is to be undone', () => {
  it('is undone when its owner is over and not before, the last first', async () => {
    const owner = new Owner();
    const undone: string[] = [];
    const defer = undoing(owner);
    defer(() => undone.push('cluster'));
    defer(async () => undone.push('shop'));
    assert.deepEqual(undone, []);

    await owner.end();

    assert.deepEqual(undone, ['shop', 'cluster']);
  });

  it('is undone although another step fails, and the failure is told', async () => {
    const owner = new Owner();
    const undone: string[] = [];
    const defer = undoing(owner);
    defer(() => undone.push('cluster'));
    defer(async () => Promise.reject(new Error('the shop does not close')));

    await assert.rejects(owner.end(), /^Error: the shop does not close$/);

    assert.deepEqual(undone, ['cluster']);
  });

  it('tells of every step that fails', async () => {
    const owner = new Owner();
    const defer = undoing(owner);
    for (const what of ['first', 'second']) defer(() => assert.fail(what));
    await assert.rejects(owner.end(), ({ errors }: AggregateError) => errors.length === 2);
  });
});

/** Stands for a test or a suite. */
class Owner {
  readonly #hooks: (() => Promise<void>)[] = [];

  after(hook: () => Promise<void>): void {
    this.#hooks.push(hook);
  }

  async end(): Promise<void> {
    for (const hook of this.#hooks) await hook();
  }
}
