import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ask, type Wish } from '../../../../src/commands/handle/ask.ts';
import { rollback } from '../../../../src/commands/handle/rollback.ts';
import { at, type JsonObject, numberAt } from '../../../../src/model/json.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient } from '../../../support/fake-kube-client.ts';
import { path, seenIn, trackedObject } from './tracked-object.ts';

const skipping: Wish = {
  text: 'skip',
  edit: ({ spec }) => ({ kind: 'write', spec: { skip: [...spec.skip, 'mine'] } }),
  answer: () => ({ well: true, text: 'skipped' }),
};

let cluster: FakeKubeClient;
let clock: FakeClock;
let stop: AbortController;

beforeEach(() => {
  cluster = new FakeKubeClient();
  cluster.put(path, trackedObject());
  clock = new FakeClock();
  stop = new AbortController();
});

const patience = 10_000;

function asking(wish: Wish, options: { readonly waits: boolean } = { waits: true }) {
  const waiting = options.waits ? patience : undefined;
  return ask({ client: cluster, clock, patience: waiting, signal: stop.signal }, seenIn(cluster), wish);
}

/** What a controller does that has read the spec. */
function obey(status: JsonObject = {}): void {
  const object = cluster.peek(path) ?? {};
  const observedGeneration = numberAt(object, 'metadata', 'generation');
  const before = object['status'];
  cluster.put(path, { ...object, status: { ...Object(before), observedGeneration, ...status } });
}

describe('a wish', { timeout: 10_000 }, () => {
  it('is answered when the controller has seen it', async () => {
    const asked = asking(skipping);
    await clock.advance(5_000);
    obey({ message: 'passed over' });
    await clock.advance(1_000);
    const outcome = await asked;
    assert.equal(outcome.kind, 'answered');
    assert.equal(outcome.image.status?.message, 'passed over');
  });

  it('is not answered by a status that has seen it and does not obey it yet', async () => {
    const asked = asking({
      ...skipping,
      answer: ({ status }) => (status?.checkedAt === 'now' ? { well: true, text: '' } : undefined),
    });
    await clock.advance(1_000);
    obey();
    await clock.advance(5_000);
    assert.ok(clock.waiting > 0, 'it goes on waiting');
    obey({ checkedAt: 'now' });
    await clock.advance(1_000);
    assert.equal((await asked).kind, 'answered');
  });

  it('is late where nobody answers, and stands all the same', async () => {
    const asked = asking(skipping);
    await clock.advance(patience);
    assert.equal((await asked).kind, 'late');
    assert.deepEqual(at(cluster.peek(path), 'spec', 'skip'), ['mine']);
    const looks = cluster.requests.filter(({ method }) => method === 'GET').length;
    assert.ok(looks < 20, `${looks} looks`);
  });

  it('is not waited for where nobody wants to', async () => {
    assert.equal((await asking(skipping, { waits: false })).kind, 'written');
    assert.equal(cluster.requests.length, 1);
  });

  it('loses nothing of what somebody else writes at the same moment', async () => {
    let others = 1;
    cluster.before = ({ method }) => {
      if (method !== 'PATCH' || others-- <= 0) return;
      cluster.edit(path, [{ op: 'add', path: '/spec/skip', value: ['theirs'] }]);
    };
    await asking(skipping, { waits: false });
    assert.deepEqual(at(cluster.peek(path), 'spec', 'skip'), ['theirs', 'mine']);
  });

  it('is given up where somebody else is always faster', async () => {
    cluster.before = ({ method }) => {
      if (method === 'PATCH') cluster.edit(path, [{ op: 'add', path: '/spec/hold', value: true }]);
    };
    const outcome = await asking(skipping);
    assert.equal(outcome.kind, 'refused');
    assert.equal(at(cluster.peek(path), 'spec', 'skip'), undefined);
  });

  it('writes nothing where the spec says so already, and reads the answer that is there', async () => {
    obey();
    const outcome = await asking({ ...skipping, edit: () => ({ kind: 'none' }) });
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(cluster.requests, []);
  });

  it('that only a new value expresses is cleared first, and asked when that was seen', async () => {
    cluster.put(path, trackedObject({ rollbackTo: '1.0.0' }, { rolledBackTo: '1.0.0' }));
    const again = rollback.read(['1.0.0'], new Map(), '');
    const asked = asking(typeof again === 'string' ? assert.fail(again) : again);
    await clock.advance(1_000);
    assert.equal(at(cluster.peek(path), 'spec', 'rollbackTo'), undefined);
    obey({ rolledBackTo: null });
    await clock.advance(1_000);
    assert.equal(at(cluster.peek(path), 'spec', 'rollbackTo'), '1.0.0');
    obey({ rolledBackTo: '1.0.0' });
    await clock.advance(1_000);
    const outcome = await asked;
    assert.ok(outcome.kind === 'answered' && outcome.answer.well);
  });

  it('ends when the person stops waiting', async () => {
    const asked = asking(skipping);
    await clock.advance(1_000);
    stop.abort(new Error('SIGINT was received'));
    await assert.rejects(asked, /SIGINT/);
    assert.equal(clock.waiting, 0);
  });
});
