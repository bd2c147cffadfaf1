import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { kinds } from '../../src/kube/kinds.ts';
import { listAt, textAt } from '../../src/model/json.ts';
import { type Backend, startBackend } from '../behaviour/backend.ts';
import { connectTo } from '../behaviour/connection.ts';
import { Shop } from '../behaviour/shop.ts';
import { ApiProxy, type Moment, type ProxiedRequest } from '../support/api-proxy.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

type Fits = (request: ProxiedRequest) => boolean;

const signal = new AbortController().signal;
const patience = { timeout: 240_000 };

const isUpdate: Fits = ({ path, body }) => path.includes('/deployments/') && !body.includes('(undone)');
const isUndo: Fits = ({ path, body }) => path.includes('/deployments/') && body.includes('(undone)');
const tells =
  (outcome: string): Fits =>
  ({ path, query, body }) =>
    path.endsWith('/status') && !query.has('dryRun') && body.includes(`"outcome":"${outcome}"`);

/** The writes of an update that fails, in their order. */
const writes: readonly (readonly [what: string, fits: Fits])[] = [
  ['the update', isUpdate],
  ['what it says of the rollout', tells('InProgress')],
  ['the rejection', tells('Failed')],
  ['the undo', isUndo],
  ['what it says of the undo', tells('RolledBack')],
];

/**
 * Faults on the way from an update to its undo, in the processes that users run. After each of them the workload runs what it ran
 * before, nothing was done twice, and the status tells what happened.
 */
describe('an undo', { timeout: 600_000, concurrency: 3 }, () => {
  const defer = undoing();
  let backend: Backend;

  before(async () => {
    // The controller reaches the API server by way of this process, which interferes.
    backend = await startBackend({ controllers: 'local' });
    defer(() => backend.close());
  });

  for (const [what, fits] of writes.slice(2)) {
    for (const moment of ['before', 'after'] as const) {
      it(
        `is neither lost nor repeated by a controller that is killed ${moment} it has written ${what}`,
        patience,
        () =>
          within(backend, async (stage) => {
            await stage.failing({ moment, fits });
            await stage.kill();
            stage.start();
            await stage.isUndone();
          }),
      );
    }
  }

  for (const [what, fits] of writes.filter(([, fits]) => [isUpdate, isUndo].includes(fits))) {
    it(`waits for an API server that goes away before ${what}`, patience, () =>
      within(backend, async (stage) => {
        await stage.failing({ fits });
        stage.proxy.cut();
        // Long enough for every connection to fail and to be tried again.
        await setTimeout(3_000);
        stage.proxy.heal();
        await stage.isUndone();
      }),
    );
  }

  it('comes about although somebody else is faster at every write, three times each', patience, () =>
    within(backend, async (stage) => {
      stage.rival(3);
      await stage.failing();
      await stage.isUndone();
      assert.ok(stage.wins('deployments') >= 6, `${stage.wins('deployments')} on the Deployment`);
      assert.ok(stage.wins('trackedimages') >= 9, `${stage.wins('trackedimages')} on the TrackedImage`);
    }),
  );

  it(
    'is written by the next leader when the lease is lost in the middle, and the late one does no harm',
    patience,
    () =>
      within(backend, async (stage) => {
        await stage.failing({ fits: isUndo, flags: ['--leader-elect'] });
        const standby = stage.startBeside('--leader-elect');
        stage.freeze();
        await until('the takeover', () => standby.log.some(({ msg }) => msg === 'became leader'), 60_000);
        await stage.isUndone();
        stage.proxy.letGo();
        stage.wake();
        assert.equal(await stage.ended(), 1, 'a leader that lost its lease ends with 1');
        await stage.isUndone();
      }),
  );
});

async function within(backend: Backend, act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open(backend);
  try {
    await act(stage);
  } finally {
    await stage.close();
  }
}

interface Failing {
  readonly moment?: Moment;
  readonly fits?: Fits;
  /** Of the controller. */
  readonly flags?: readonly string[];
}

/** A namespace with one Deployment whose update fails, a controller as a process, and a proxy before the API server. */
class Stage {
  readonly proxy: ApiProxy;
  readonly #shop: Shop;
  readonly #kubeconfig: KubeconfigFile;
  readonly #direct: KubeconfigFile;
  readonly #processes: PlimsollProcess[] = [];
  readonly #wins = new Map<string, number>();
  #flags: readonly string[] = [];

  private constructor(backend: Backend, shop: Shop, proxy: ApiProxy) {
    const { namespace } = shop;
    this.#shop = shop;
    this.proxy = proxy;
    this.#kubeconfig = copyKubeconfig(backend.controllerKubeconfig, { namespace, server: proxy.url });
    this.#direct = copyKubeconfig(backend.controllerKubeconfig, { namespace });
  }

  static async open(backend: Backend): Promise<Stage> {
    const shop = await Shop.open(backend);
    await shop.permit('leader-election');
    return new Stage(backend, shop, await ApiProxy.start(connectTo(backend.controllerKubeconfig)));
  }

  /** Has an update written whose image crashes; resolves when the request that fits is stopped, where one is named. */
  async failing({ moment = 'before', fits, flags = [] }: Failing = {}): Promise<void> {
    const shop = this.#shop;
    await shop.push('web', '1.0.0');
    const annotations = {
      'plimsoll.dev/policy': 'minor',
      'plimsoll.dev/interval': '1s',
      // A container that ends at once may count as ready for a moment.
      'plimsoll.dev/verify-for': '10s',
    };
    await shop.deploy({ name: 'web', image: shop.image('web', '1.0.0'), annotations });
    this.#flags = flags;
    this.start();
    await shop.saying('web', 'UpToDate');
    let stopped = fits === undefined;
    if (fits) void this.proxy.stopNext(moment, fits).then(() => (stopped = true));
    await shop.push('web', '1.1.0', { crashes: true });
    await shop.until('the request to be stopped', async () => stopped);
  }

  start(): void {
    this.#start(this.#kubeconfig.file, this.#flags);
  }

  /** Starts another replica, which does not go by the proxy. */
  startBeside(...flags: readonly string[]): PlimsollProcess {
    return this.#start(this.#direct.file, flags);
  }

  async kill(): Promise<void> {
    this.#first.kill('SIGKILL');
    await this.#first.ended();
    this.#processes.shift();
  }

  freeze(): void {
    this.#first.kill('SIGSTOP');
  }

  wake(): void {
    this.#first.kill('SIGCONT');
  }

  ended(): Promise<number | null> {
    return this.#first.ended();
  }

  /** Has somebody else change every object right before it is written to, so often for each write. */
  rival(times: number): void {
    this.proxy.before = async (request) => {
      const [, resource = ''] = /\/(deployments|trackedimages)\//.exec(request.path) ?? [];
      const write = writes.find(([, fits]) => request.method === 'PATCH' && fits(request))?.[0];
      if (write === undefined || (this.#wins.get(`${resource}: ${write}`) ?? 0) >= times) return;
      const count = (this.#wins.get(`${resource}: ${write}`) ?? 0) + 1;
      this.#wins.set(`${resource}: ${write}`, count);
      // Of a Deployment only what was decided on counts, and how often to look is part of that.
      const annotations = { 'plimsoll.dev/interval': `${60 + this.wins()}s` };
      const object = request.path.replace(/\/status$/, '');
      const query = { fieldManager: 'rival' };
      await this.#shop.admin.patch(object, { metadata: { annotations } }, { type: 'merge', query, signal });
    };
  }

  /** How often somebody else was faster. */
  wins(resource = ''): number {
    const counts = [...this.#wins].filter(([write]) => write.startsWith(resource)).map(([, count]) => count);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The old image runs, after one update and one undo, and that is what is told. */
  async isUndone(): Promise<void> {
    const shop = this.#shop;
    const status = await shop.outcome('web', 'RolledBack');
    await shop.saying('web', 'RolledBack');
    const old = shop.image('web', '1.0.0');
    assert.equal(await shop.imageOf('web'), old);
    const history = listAt(status, 'history').map((entry) => [textAt(entry, 'from'), textAt(entry, 'to')]);
    assert.deepEqual(history, [[old, shop.image('web', '1.1.0')]]);
    assert.deepEqual(tagsOf(listAt(status, 'rejected')), ['1.1.0']);
    await shop.until('the old image to run', async () => {
      const pods = await shop.pods('web');
      return pods.length === 1 && pods.every(({ ready, images }) => ready && images.get('web') === old);
    });
    const { annotations } = kinds.Deployment.project(await shop.deployment('web')) ?? {};
    // Made, updated once, undone once.
    assert.equal(annotations?.['deployment.kubernetes.io/revision'], '3');
  }

  async close(): Promise<void> {
    for (const process of this.#processes) {
      process.kill('SIGCONT');
      process.kill('SIGKILL');
      await process.ended();
    }
    await this.proxy.close();
    this.#kubeconfig.remove();
    this.#direct.remove();
    await this.#shop.close();
  }

  get #first(): PlimsollProcess {
    const [first] = this.#processes;
    assert.ok(first);
    return first;
  }

  #start(kubeconfig: string, flags: readonly string[]): PlimsollProcess {
    const process = new PlimsollProcess([
      'run',
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${this.#shop.namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
      ...flags,
    ]);
    this.#processes.push(process);
    return process;
  }
}

function tagsOf(rejections: readonly unknown[]): readonly (string | undefined)[] {
  return rejections.map((rejection) => textAt(rejection, 'tag'));
}
