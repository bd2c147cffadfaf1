import { afterEach } from 'node:test';
import type { ListPage } from '../../../src/kube/client.ts';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import { Reflector, type ReflectorOptions } from '../../../src/kube/reflector.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Store } from '../../../src/kube/store.ts';
import { type JsonObject, textAt } from '../../../src/model/json.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';
import { until } from '../../support/until.ts';
import { type ListStep, ScriptedClient, type WatchStep } from './scripted-client.ts';

const request = { method: 'WATCH', path: '/apis/apps/v1/deployments' };
/** What the server answers instead of events. */
export const answer = (status: number, retryAfter?: string) =>
  errorOfAnswer(request, { status, body: undefined, retryAfter });
/** An object as it is listed. */
export const thing = (name: string, resourceVersion: string, uid = `uid-${name}`): JsonObject => ({
  metadata: { namespace: 'shop', name, uid, resourceVersion },
});
/** One page of a list. */
export const page = (resourceVersion: string, ...items: JsonObject[]): ListPage => ({
  resourceVersion,
  items,
});
/** One line of a watch. */
export const event = (type: string, object: JsonObject) => ({ type, object });
/** A line that only says how far the server is. */
export const bookmark = (resourceVersion: string) => event('BOOKMARK', { metadata: { resourceVersion } });

const running: AbortController[] = [];
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort();
});

/** Starts a reflector that keeps each object's resourceVersion. */
export function given(
  lists: readonly ListStep[],
  watches: readonly WatchStep[],
  more: Partial<ReflectorOptions<string>> = {},
) {
  const clock = new FakeClock();
  const client = new ScriptedClient(clock, lists, watches);
  const store = new Store<string>();
  const restarts: string[] = [];
  const changes: string[] = [];
  store.onChange((key, now, before) => changes.push(`${key}: ${before ?? '-'} → ${now ?? '-'}`));
  const reflector = new Reflector({
    client,
    clock,
    store,
    resource: resources.deployments,
    project: (object) => textAt(object, 'metadata', 'resourceVersion'),
    log: silentLog,
    metrics: { informerRestart: (_, cause) => restarts.push(cause) },
    random: () => 0.999,
    ...more,
  });
  const controller = new AbortController();
  running.push(controller);
  const ended = reflector.run(controller.signal);
  const stop = () => {
    controller.abort();
    return ended;
  };
  const calls = (count: number) => until(`${count} calls`, () => client.calls.length >= count);
  return { clock, client, store, changes, restarts, reflector, calls, stop };
}
