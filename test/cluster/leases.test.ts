import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { isKubeError } from '../../src/kube/errors.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import type { Backend } from '../behaviour/backend.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import type { ControllerPod } from '../support/controller-pod.ts';
import { onNodeOnly } from '../support/controller-pods.ts';
import { systemNamespace } from '../support/installation.ts';
import { shown } from '../support/shown.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
/** Milliseconds that a takeover may take on a slow machine after a leader has vanished without a word. */
const takeover = 60_000;
/** The same where the leader has let the lease go: less than the fifteen seconds in which one ends that nobody renews. */
const handover = 10_000;

/** A pod with what it has logged. */
interface Replica {
  readonly pod: ControllerPod;
  readonly log: readonly string[];
}

/** Two replicas as pods that are not started again, so that it is the other one that takes over. */
describe('two replicas', { timeout: 300_000, ...onNodeOnly }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let replicas: readonly Replica[] = [];
  let round = 0;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
  });
  beforeEach(async () => {
    round++;
    await shop.push(`app-${round}`, '1', { content: 'first' });
    await shop.deploy({
      name: name(),
      image: shop.image(`app-${round}`, '1'),
      annotations: { 'plimsoll.dev/policy': 'digest' },
      pullPolicy: 'Always',
    });
    replicas = [start(), start()];
    await shop.saying(name(), 'UpToDate');
    await until('one leader', () => replicas.filter(isLeader).length === 1, 60_000);
  });
  afterEach(async () => {
    const stopped = await Promise.allSettled(replicas.map(({ pod }) => pod.stop()));
    for (const { log } of replicas) shown('the log', log.join(''));
    replicas = [];
    const lease = objectPath(resources.leases, systemNamespace, 'plimsoll');
    await shop.admin.delete(lease, { signal }).catch((error: unknown) => {
      if (!isKubeError(error, 'NotFound')) throw error;
    });
    for (const end of stopped) if (end.status === 'rejected') throw end.reason;
  });

  const name = () => `web-${round}`;
  const start = (): Replica => {
    assert.ok(backend.pods);
    const log: string[] = [];
    const flags = [`--namespace=${shop.namespace}`, '--poll-interval=1s', '--leader-elect'];
    const tell = (line: string) => void log.push(line);
    return { pod: backend.pods.start(shop.namespace, { flags, tell, restarts: false }), log };
  };
  const leaderAndStandby = (): readonly [Replica, Replica] => {
    const leader = replicas.find(isLeader);
    const standby = replicas.find((replica) => replica !== leader);
    assert.ok(leader && standby);
    return [leader, standby];
  };
  const generation = async () => numberAt(await shop.deployment(name()), 'metadata', 'generation') ?? 0;

  it('hand over when the leader is killed, and nothing is done twice', async () => {
    const [leader, standby] = leaderAndStandby();
    const second = await shop.push(`app-${round}`, '1', { content: 'second' });
    await shop.outcome(name(), 'Verified');
    const updated = await generation();

    await leader.pod.signal('SIGKILL');
    await until('the takeover', () => isLeader(standby), takeover);

    const third = await shop.push(`app-${round}`, '1', { content: 'third' });
    const history = await shop.until('the third image', async () => {
      const entries = listAt(await shop.tracked(name()), 'history');
      const [last] = entries;
      return textAt(last, 'digest') === third && textAt(last, 'outcome') === 'Verified' && entries;
    });
    const digests = history.map((entry) => textAt(entry, 'digest'));
    assert.deepEqual(digests, [third, second]);
    assert.equal(await generation(), updated + 1);
  });

  it('hand over when the leader is frozen, and it does no harm when it wakes up', async () => {
    const [leader, standby] = leaderAndStandby();
    const before = await generation();

    await leader.pod.signal('SIGSTOP');
    const second = await shop.push(`app-${round}`, '1', { content: 'second' });
    await until('the takeover', () => isLeader(standby), takeover);
    await shop.outcome(name(), 'Verified');
    await leader.pod.signal('SIGCONT');

    assert.equal(await leader.pod.ended, 'lost');
    assert.deepEqual(await shop.runningDigests(name()), [second]);
    assert.equal(await generation(), before + 1);
  });

  it('hand over at once when the leader is told to end', async () => {
    const [leader, standby] = leaderAndStandby();
    await leader.pod.stop();
    assert.equal(await leader.pod.ended, 'ended');
    await until('the takeover', () => isLeader(standby), handover);
  });
});

function isLeader({ log }: Replica): boolean {
  return log.some((line) => line.includes('"msg":"became leader"'));
}
