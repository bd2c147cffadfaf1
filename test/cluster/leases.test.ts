import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { listAt, numberAt, textAt } from '../../src/model/json.ts';
import { type Backend, startBackend } from '../behaviour/backend.ts';
import { Shop } from '../behaviour/shop.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { until } from '../support/until.ts';

/** What a takeover may take after a leader has vanished without a word. */
const takeover = 20_000;

/** Two replicas as processes of their own; their lease is in the namespace of the shop. */
describe('two replicas', { timeout: 300_000 }, () => {
  let backend: Backend;
  let shop: Shop;
  let kubeconfig: KubeconfigFile;
  let replicas: readonly PlimsollProcess[] = [];
  let round = 0;

  before(async () => {
    backend = await startBackend();
    shop = await Shop.open(backend);
    await shop.permit('leader-election');
    kubeconfig = copyKubeconfig(backend.controllerKubeconfig, { namespace: shop.namespace });
  });
  after(async () => {
    kubeconfig.remove();
    await shop.close();
    await backend.close();
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
    await until('one leader', () => replicas.filter(isLeader).length === 1);
  });
  afterEach(async () => {
    for (const replica of replicas) {
      replica.kill('SIGCONT');
      replica.kill('SIGKILL');
      await replica.ended();
    }
    const lease = objectPath(resources.leases, shop.namespace, 'plimsoll');
    await shop.admin.delete(lease, { signal: new AbortController().signal });
  });

  const name = () => `web-${round}`;
  const start = () =>
    new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig.file}`,
      `--namespace=${shop.namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
      '--leader-elect',
    ]);
  const leaderAndStandby = (): readonly [PlimsollProcess, PlimsollProcess] => {
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

    leader.kill('SIGKILL');
    await until('the takeover', () => isLeader(standby), takeover);

    const third = await shop.push(`app-${round}`, '1', { content: 'third' });
    const status = await shop.until('the third image', async () => {
      const found = await shop.outcome(name(), 'Verified');
      return found['digest'] === third && found;
    });
    const digests = listAt(status, 'history').map((entry) => textAt(entry, 'digest'));
    assert.deepEqual(digests, [third, second]);
    assert.equal(await generation(), updated + 1);
  });

  it('hand over when the leader is frozen, and it does no harm when it wakes up', async () => {
    const [leader, standby] = leaderAndStandby();
    const before = await generation();

    leader.kill('SIGSTOP');
    const second = await shop.push(`app-${round}`, '1', { content: 'second' });
    await until('the takeover', () => isLeader(standby), takeover);
    await shop.outcome(name(), 'Verified');
    leader.kill('SIGCONT');

    assert.equal(await leader.ended(), 1);
    assert.ok(leader.log.some(({ msg }) => msg === 'lost the lease'));
    assert.deepEqual(await shop.runningDigests(name()), [second]);
    assert.equal(await generation(), before + 1);
  });

  it('hand over at once when the leader is told to end', async () => {
    const [leader, standby] = leaderAndStandby();
    leader.kill('SIGTERM');
    assert.equal(await leader.ended(), 0);
    await until('the takeover', () => isLeader(standby), 5_000);
  });
});

function isLeader({ log }: PlimsollProcess): boolean {
  return log.some(({ msg }) => msg === 'became leader');
}
