/**
 * `npm run chaos [-- --seed N --minutes M --workloads N]`: two controllers on a fleet of workloads, while everything around
 * them goes wrong at random. Says the seed first; the same seed draws the same faults and acts again.
 * Exit code 1 when a promise was broken, the fleet does not arrive where it must, or, in three minutes or more, some fault or
 * act did not happen at all.
 * Under `node test/kubernetes/run.ts --no-node --exec` the API server is a real one.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openClusterStage } from './cluster-stage.ts';
import { Drama } from './drama.ts';
import { openEmbeddedStage } from './stage.ts';

const usage = 'usage: npm run chaos -- [--seed N] [--minutes M] [--workloads N]';

interface Options {
  readonly seed: number;
  readonly minutes: number;
  readonly workloads: number;
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, minutes: { type: 'string' }, workloads: { type: 'string' } },
  });
  const number = (name: keyof Options, fallback: number, least: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!Number.isFinite(value) || value < least)
      throw new RangeError(`--${name} must be a number of at least ${least}`);
    return value;
  };
  return {
    seed: Math.floor(number('seed', Date.now() % 1_000_000, 0)),
    minutes: number('minutes', 1, 0.1),
    workloads: Math.floor(number('workloads', 500, 25)),
  };
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main({ seed, minutes, workloads }: Options): Promise<number> {
  say(
    `seed ${seed}: ${workloads} workloads, ${minutes} minutes of faults; again by: npm run chaos -- --seed ${seed} --minutes ${minutes} --workloads ${workloads}`,
  );
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '..', '..') });
  const isReal = process.env['PLIMSOLL_TEST_BACKEND'] === 'cluster';
  const stage = isReal ? await openClusterStage() : await openEmbeddedStage();
  const drama = await Drama.open(stage, { seed, duration: minutes * 60_000, workloads, say });
  try {
    await drama.play();
    const findings = await drama.end();
    for (const finding of findings) say(`BROKEN ${finding}`);
    say(
      findings.length === 0
        ? `seed ${seed}: every promise was kept`
        : `seed ${seed}: ${findings.length} findings`,
    );
    return findings.length === 0 ? 0 : 1;
  } finally {
    await drama.close();
  }
}

function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n${usage}\n`);
    return undefined;
  }
}

const options = optionsOrUsage();
process.exitCode = options ? await main(options) : 2;
