import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { numberAt, textAt } from '../../src/model/json.ts';
import { nodeFlags } from '../support/node-flags.ts';
import type { Measure } from './measure.ts';

const concurrency = 4;

/** What looking at registries costs: requests, CPU, connections and memory, against a registry in another process. */
export async function registryBench(): Promise<readonly Measure[]> {
  const server = fork(join(import.meta.dirname, 'registry-host.ts'));
  const host = textAt(await heard(server), 'host') ?? '';
  const client = fork(join(import.meta.dirname, 'registry-client.ts'), [host], {
    execArgv: [...nodeFlags()],
  });
  const ask = async (process: ChildProcess, what: string) => {
    process.send(what);
    return heard(process);
  };
  const run = async (what: string) => {
    const cost = await ask(client, what);
    const served = await ask(server, 'count');
    const read = (from: unknown, name: string) => numberAt(from, name) ?? Number.NaN;
    return {
      done: read(cost, 'done'),
      cpu: read(cost, 'cpu'),
      resident: read(cost, 'resident'),
      kept: read(cost, 'kept'),
      requests: read(served, 'requests'),
      connections: read(served, 'connections'),
    };
  };
  try {
    // Code that was never run is compiled first, which is no cost of a look.
    await run('warmUp');
    const looks = await run('repositories');
    const shared = await run('workloads');
    const full = await run('full');
    const huge = await run('huge');
    const intervals = looks.done / 1_000;
    return [
      {
        name: '1,000 repositories on one host, one interval',
        value: looks.requests / intervals,
        unit: 'requests',
        atMost: 1_000,
      },
      { name: 'CPU per look', value: round(looks.cpu / looks.done), unit: 'ms', atMost: 1 },
      { name: 'connections to the host', value: looks.connections, unit: '', atMost: concurrency },
      {
        name: 'resident growth with 1,000 repositories',
        value: round(looks.resident),
        unit: 'MiB',
        atMost: 30,
      },
      { name: '10,000 workloads on 100 repositories', value: shared.requests, unit: 'requests', atMost: 100 },
      {
        name: '1,000 repositories of 1,000 tags, kept',
        value: round(full.kept),
        unit: 'MiB',
        atMost: 100,
      },
      { name: '1,000 repositories of 1,000 tags, resident growth', value: round(full.resident), unit: 'MiB' },
      { name: 'list of 200,000 tags, kept', value: round(huge.kept), unit: 'MiB', atMost: 64 },
      { name: 'list of 200,000 tags, resident growth', value: round(huge.resident), unit: 'MiB' },
      { name: 'list of 200,000 tags', value: huge.done, unit: 'tags' },
    ];
  } finally {
    client.disconnect();
    server.disconnect();
  }
}

async function heard(process: ChildProcess): Promise<unknown> {
  const failed = once(process, 'exit').then(() => {
    throw new Error('a process of the registry bench ended');
  });
  failed.catch(() => undefined);
  const [message] = (await Promise.race([once(process, 'message'), failed])) as [unknown];
  return message;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
