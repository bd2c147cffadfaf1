import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { listAt, numberAt } from '../../src/model/json.ts';
import type { EmbeddedApiServer } from '../../src/sandbox/api-server/embedded-api-server.ts';
import { undoing } from '../support/undoing.ts';
import { startSandboxBackend } from './sandbox-backend.ts';
import { Shop } from './shop.ts';

const apps = '/apis/apps/v1/';
const memories = '/apis/plimsoll.dev/v1alpha1/';

/** What an API server does on a bad day. Only the sandbox can be told to; what it answers is what a real one answers. */
describe('an API server on a bad day', { timeout: 600_000 }, () => {
  const defer = undoing({ after: afterEach });
  let api: EmbeddedApiServer;
  let shop: Shop;
  let count = 0;

  // A cluster of its own for each test: after a cut everybody waits longer before watching again, the simulated node too.
  beforeEach(async () => {
    const backend = await startSandboxBackend();
    defer(() => backend.close());
    assert.ok(backend.api);
    api = backend.api;
    shop = await Shop.open(backend);
    defer(() => shop.close());
    defer(() => api.resume());
    shop.start();
  });

  /** A Deployment that is up to date, and how to make it outdated. */
  async function settled(): Promise<{
    readonly name: string;
    readonly generation: number;
    outdate(): Promise<void>;
  }> {
    const name = `web-${++count}`;
    await shop.push(name, '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations });
    await shop.saying(name, 'UpToDate');
    const outdate = async () => {
      await shop.push(name, '1.1.0');
    };
    return { name, generation: await generationOf(name), outdate };
  }

  async function generationOf(name: string): Promise<number> {
    return numberAt(await shop.deployment(name), 'metadata', 'generation') ?? 0;
  }

  /** The update arrives, and it is one: one generation, one entry in the history. */
  async function updatedOnce({ name, generation }: { name: string; generation: number }): Promise<void> {
    const status = await shop.outcome(name, 'Verified');
    assert.equal(await shop.imageOf(name), shop.image(name, '1.1.0'));
    assert.equal(await generationOf(name), generation + 1);
    assert.equal(listAt(status, 'history').length, 1);
  }

  it('fails on watches for a while (500): the controller goes on when it is over', async () => {
    const web = await settled();
    const path = `${apps}namespaces/${shop.namespace}/deployments`;
    api.failNext({ count: 3, status: 500, path, method: 'GET' });
    api.cutWatches();
    await web.outdate();
    await shop.outcome(web.name, 'Verified');
    await updatedOnce(web);
  });

  it('has forgotten the past (410): everything is listed again', async () => {
    const web = await settled();
    const ofWorkloads = `${apps}namespaces/${shop.namespace}/deployments`;
    const lists = () =>
      api.requests.filter((one) => one.verb === 'list' && one.path === ofWorkloads && one.status === 200)
        .length;
    const before = lists();
    // The next attempt to watch fails, so that the change below is missed before the past is forgotten.
    api.failNext({ count: 1, status: 500, path: ofWorkloads, method: 'GET' });
    api.cutWatches();
    await shop.annotate(web.name, { 'plimsoll.dev/policy': 'patch' });
    api.compact();
    await web.outdate();
    await shop.saying(web.name, 'NoCompatibleTag');
    assert.equal(await shop.imageOf(web.name), shop.image(web.name, '1.0.0'));
    await shop.until('another list', async () => lists() > before);
  });

  for (const [what, status, retryAfter] of [
    ['is too busy for the update (429)', 429, 1],
    ['fails on the update (500)', 500, undefined],
    ['is unavailable (503)', 503, undefined],
    ['hangs up without an answer', 0, undefined],
  ] as const) {
    it(`${what}: it is tried again, and done once`, async () => {
      const web = await settled();
      const path = `${apps}namespaces/${shop.namespace}/deployments/${web.name}`;
      const wait = retryAfter === undefined ? {} : { retryAfter };
      api.failNext({ count: 2, status, path, method: 'PATCH', ...wait });
      await web.outdate();
      await updatedOnce(web);
    });
  }

  it('loses the write of a status: the update is followed all the same', async () => {
    const web = await settled();
    const path = `${memories}namespaces/${shop.namespace}/trackedimages/deployment.${web.name}.web/status`;
    api.failNext({ count: 2, status: 500, path, method: 'PATCH' });
    await web.outdate();
    await updatedOnce(web);
  });

  it('refuses a status because somebody was faster (409): it is read again', async () => {
    const web = await settled();
    const path = `${memories}namespaces/${shop.namespace}/trackedimages/deployment.${web.name}.web/status`;
    api.failNext({ count: 1, status: 409, path, method: 'PATCH' });
    await web.outdate();
    await updatedOnce(web);
  });

  for (const midLine of [false, true]) {
    it(`cuts every watch${midLine ? ' in the middle of a line' : ''}: what happened meanwhile is seen`, async () => {
      const web = await settled();
      api.cutWatches({ midLine });
      await shop.annotate(web.name, { 'plimsoll.dev/suspend': 'true' });
      await web.outdate();
      await shop.saying(web.name, 'Suspended');
      await shop.annotate(web.name, { 'plimsoll.dev/suspend': null });
      await shop.outcome(web.name, 'Verified');
    });
  }

  it('answers nothing for a while: nothing is lost', async () => {
    const web = await settled();
    api.pause();
    await web.outdate();
    api.resume();
    await updatedOnce(web);
  });

  it('asks for patience with everything (429 and Retry-After): all of it is done in the end', async () => {
    const web = await settled();
    const namespace = `namespaces/${shop.namespace}/`;
    api.failNext({
      count: 3,
      status: 429,
      retryAfter: 1,
      path: `${apps}${namespace}deployments/${web.name}`,
      method: 'PATCH',
    });
    api.failNext({
      count: 3,
      status: 429,
      retryAfter: 1,
      path: `${memories}${namespace}trackedimages/`,
      method: 'PATCH',
    });
    await web.outdate();
    await updatedOnce(web);
  });
});
