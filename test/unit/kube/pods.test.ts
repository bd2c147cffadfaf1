import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListPage, RequestOptions } from '../../../src/kube/client.ts';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import { digestOfImageId, listPods, readPod } from '../../../src/kube/pods.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const { signal } = new AbortController();

describe('an image ID', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [`docker.io/library/nginx@${digest}`, digest],
    [`registry.local:5000/team/app@${digest}`, digest],
    [`docker-pullable://nginx@${digest}`, digest],
    [digest, undefined],
    [`docker://${digest}`, undefined],
    ['nginx@sha256:short', undefined],
    ['', undefined],
  ];
  for (const [imageId, expected] of cases) {
    it(`${imageId || '(empty)'} names ${expected === undefined ? 'no manifest' : 'a manifest'}`, () =>
      assert.equal(digestOfImageId(imageId), expected));
  }
});

describe('a pod', () => {
  it('is reduced to what tells its revision and its trouble', () => {
    const pod = readPod({
      metadata: {
        name: 'web-1',
        uid: 'p-1',
        labels: { 'pod-template-hash': '7f9' },
        ownerReferences: [
          { kind: 'Odd', name: 'x', uid: 'x' },
          { kind: 'ReplicaSet', name: 'web-7f9', uid: 'r-1', controller: true },
        ],
      },
      spec: { nodeName: 'node-1' },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        initContainerStatuses: [
          { name: 'migrate', state: { terminated: { reason: 'Completed', exitCode: 0 } } },
        ],
        containerStatuses: [
          {
            name: 'web',
            image: 'nginx:1.27',
            imageID: `docker.io/library/nginx@${digest}`,
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
            lastState: { terminated: { reason: 'Error', exitCode: 1 } },
          },
        ],
      },
    });

    assert.deepEqual(pod?.owner, { kind: 'ReplicaSet', name: 'web-7f9', uid: 'r-1' });
    assert.equal(pod.revision, '7f9');
    assert.equal(pod.node, 'node-1');
    assert.equal(pod.ready, false);
    assert.equal(pod.containers[0]?.role, 'init');
    assert.equal(pod.containers[0].terminated?.reason, 'Completed');
    const web = pod.containers[1];
    assert.equal(web?.digest, digest);
    assert.deepEqual(web.waiting, { reason: 'CrashLoopBackOff', message: 'back-off 40s' });
    assert.deepEqual(web.terminated, { reason: 'Error', message: '', exitCode: 1 });
    assert.equal(web.restartCount, 4);
  });

  it('that has just been made has no containers yet', () => {
    const pod = readPod({ metadata: { name: 'web-1', deletionTimestamp: '2026-01-01T00:00:00Z' } });

    assert.deepEqual(pod?.containers, []);
    assert.equal(pod.phase, 'Unknown');
    assert.equal(pod.deleting, true);
    assert.equal(pod.owner, undefined);
  });
});

describe('listing pods', () => {
  function clientWith(...answers: readonly (ListPage | Error)[][]) {
    const asked: { readonly path: string; readonly query: RequestOptions['query'] }[] = [];
    return {
      asked,
      async *list(path: string, options: RequestOptions): AsyncGenerator<ListPage> {
        asked.push({ path, query: options.query });
        for (const page of answers[asked.length - 1] ?? []) {
          await Promise.resolve();
          if (page instanceof Error) throw page;
          yield page;
        }
      },
    };
  }
  const page = (name: string): ListPage => ({ resourceVersion: '1', items: [{ metadata: { name } }] });

  it('asks by selector and joins the pages', async () => {
    const client = clientWith([page('a'), page('b')]);

    const pods = await listPods(client, 'shop', 'app=web', signal);

    assert.deepEqual(
      pods.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(client.asked, [
      { path: '/api/v1/namespaces/shop/pods', query: { labelSelector: 'app=web' } },
    ]);
  });

  it('begins again when the continuation has expired', async () => {
    const gone = errorOfAnswer({ method: 'GET', path: '/' }, { status: 410, body: undefined });
    const client = clientWith([page('a'), gone], [page('b')]);

    assert.deepEqual(
      (await listPods(client, 'shop', 'app=web', signal)).map(({ name }) => name),
      ['b'],
    );
  });

  it('asks nothing with an empty selector, which would mean every pod', async () => {
    const client = clientWith([page('a')]);

    assert.deepEqual(await listPods(client, 'shop', '', signal), []);
    assert.equal(client.asked.length, 0);
  });
});
