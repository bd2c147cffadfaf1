import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestOptions } from '../../../src/kube/client.ts';
import type { NamespaceSettings } from '../../../src/kube/namespace-projection.ts';
import { buildReflectors } from '../../../src/kube/reflectors.ts';
import { Store } from '../../../src/kube/store.ts';
import type { ImagePolicy } from '../../../src/model/image-policy.ts';
import type { TrackedImage } from '../../../src/model/tracked-image.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';
import { answer, bookmark, page } from './reflector-stage.ts';
import { ScriptedClient } from './scripted-client.ts';

/** An API server without Argo Rollouts, that ends each watch after some minutes. */
class WithoutRollouts extends ScriptedClient {
  looks = 0;

  constructor(clock: FakeClock) {
    const lines = Array.from({ length: 7 }, () => bookmark('1'));
    super(clock, [[page('1')]], [{ lines, every: 60_000, after: 'end' }]);
  }

  override async *list(path: string, options: RequestOptions) {
    if (path.includes('/argoproj.io/')) {
      this.looks++;
      throw answer(404);
    }
    yield* super.list(path, options);
  }
}

test('a resource that need not be there counts as no restart, in however many namespaces it is looked for', async () => {
  const clock = new FakeClock();
  const client = new WithoutRollouts(clock);
  const restarts = new Map<string, string[]>();
  const informerRestart = (resource: string, cause: string) => {
    restarts.set(cause, [...(restarts.get(cause) ?? []), resource]);
  };
  const base = { client, clock, log: silentLog, metrics: { informerRestart } };
  const only = ['a', 'b', 'c', 'd', 'e', 'f'];
  const reflectors = buildReflectors(
    base,
    { only, except: [] },
    {
      workloads: () => new Store<Workload>(),
      trackedImages: new Store<TrackedImage>(),
      imagePolicies: new Store<ImagePolicy>(),
      namespaces: new Store<NamespaceSettings>(),
    },
  );
  const stop = new AbortController();
  const running = reflectors.map((reflector) => reflector.run(stop.signal));
  await clock.advance(3_600_000);
  stop.abort();
  await Promise.all(running);
  assert.ok(client.looks > 6 * 10, 'it is looked for again and again');
  assert.deepEqual([...restarts.keys()], ['Ended']);
  assert.ok(!restarts.get('Ended')?.includes('rollouts'));
});
