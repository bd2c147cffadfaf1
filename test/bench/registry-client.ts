/**
 * The client of the registry bench, in a process of its own so that its memory and CPU are nobody else's. Is told the
 * registry's host by its argument; does one piece of work for each message that names it, and answers with what it cost.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RepositoryScanner } from '../../src/controllers/repositories/repository-scanner.ts';
import { type RepositoryKey, RepositoryStore } from '../../src/controllers/repositories/repository-store.ts';
import type { TagList } from '../../src/model/observation.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog, silentMetrics } from '../support/silence.ts';

const [host = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const interval = 300_000;
const workers = 16;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Time that jumps from one interval to the next. */
let passed = 0;
const clock = { ...systemClock, now: () => systemClock.now() + passed };
const registry = createRegistryClient({ clock, metrics: silentMetrics, userAgent: 'bench' });
/** What a bench keeps in memory while it is measured. */
const kept = new Set<TagList | RepositoryStore>();

/** How many of what are looked at, and how often. */
interface Looks {
  readonly name?: string;
  readonly repositories: number;
  readonly workloads: number;
  readonly intervals: number;
}

/** Looks at every repository once an interval, for so many intervals. */
async function look({ name = 'app', repositories, workloads, intervals }: Looks): Promise<number> {
  const store = new RepositoryStore();
  const scanner = new RepositoryScanner({
    store,
    registry,
    clock,
    logger: silentLog,
    metrics: silentMetrics,
    salt: 'bench',
  });
  const keys = Array.from(
    { length: repositories },
    (_, index): RepositoryKey => `${host}/bench/${name}-${index}#anonymous`,
  );
  for (let workload = 0; workload < workloads; workload++) {
    const path = `bench/${name}-${workload % repositories}`;
    store.subscribe(`Deployment/bench/app-${workload}`, [
      {
        key: `${host}/${path}#anonymous`,
        access: { registry: host, path, credentials: [] },
        schedules: [{ kind: 'every', milliseconds: interval }],
        needs: [{ kind: 'tags' }],
        hint: '',
      },
    ]);
  }
  for (let round = 0; round < intervals; round++) {
    const due = [...keys];
    const work = async () => {
      for (let key = due.pop(); key !== undefined; key = due.pop()) await scanner.scan(key, signal);
    };
    await Promise.all(Array.from({ length: workers }, work));
    // The second look comes a little later than an interval, so that repositories do not stay in step.
    passed += interval * 1.2;
  }
  kept.add(store);
  return repositories * intervals;
}

async function listHuge(): Promise<number> {
  const listed = await registry.listTags({ registry: host, path: 'bench/huge', credentials: [] }, signal);
  if (listed.partial) throw new Error('the list is partial');
  kept.add(listed);
  return listed.tags.length;
}

const work: Readonly<Record<string, () => Promise<number>>> = {
  warmUp: async () => look({ repositories: 100, workloads: 100, intervals: 3 }),
  repositories: async () => look({ repositories: 1_000, workloads: 1_000, intervals: 5 }),
  workloads: async () => look({ repositories: 100, workloads: 10_000, intervals: 1 }),
  full: async () => look({ name: 'full', repositories: 1_000, workloads: 1_000, intervals: 2 }),
  huge: listHuge,
};

process.on('message', (name) => {
  measure(String(name)).then(
    (cost) => process.send?.(cost),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());

async function measure(name: string) {
  kept.clear();
  collect();
  const before = { cpu: process.cpuUsage(), memory: process.memoryUsage() };
  const done = (await work[name]?.()) ?? 0;
  const { user, system } = process.cpuUsage(before.cpu);
  const { rss } = process.memoryUsage();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return {
    done,
    cpu: (user + system) / 1_000,
    resident: (rss - before.memory.rss) / 2 ** 20,
    kept: (heapUsed + external - before.memory.heapUsed - before.memory.external) / 2 ** 20,
  };
}
