import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measure } from './measure.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const questions = 10_000;
const tagsEach = 20;
const policies = ['patch', 'minor', 'major', 'semver:>=1.2, <4', 'glob:[0-9]*', 'regexp:\\d+\\.\\d+\\.\\d+'];

/** How soon `plimsoll try` answers, and how long many questions take; the whole process counts, as people wait for it. */
export async function tryBench(): Promise<readonly Measure[]> {
  run('npm', ['run', '--silent', 'build']);
  const one = ['try', '--current', '1.2.3', '--policy', 'minor', '1.2.4', '1.3.0', '2.0.0'];
  const input = batch();
  return [
    { name: 'try, one question', value: best(() => plimsoll(one)), unit: 'ms', atMost: 300 },
    {
      name: `try --batch, ${questions} questions of ${tagsEach} tags`,
      value: best(() => plimsoll(['try', '--batch'], input)),
      unit: 'ms',
      atMost: 2_000,
    },
  ];
}

/** The quickest of five runs, in milliseconds. */
function best(work: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.round(Math.min(...runs));
}

function plimsoll(args: readonly string[], input = ''): void {
  const { stdout } = run(process.execPath, [`${root}dist/plimsoll.js`, ...args], input);
  if (stdout === '') throw new Error('plimsoll try answered nothing');
}

function run(command: string, args: readonly string[], input = ''): SpawnSyncReturns<string> {
  const maxBuffer = 256 * 1024 * 1024;
  const done = spawnSync(command, args, { cwd: root, input, encoding: 'utf8', maxBuffer });
  if (done.status !== 0) throw new Error(`${command} ended with ${done.status}: ${done.stderr}`);
  return done;
}

/** Questions as a person's script would ask them: a few policies, each question with tags of its own. */
function batch(): string {
  const variants = ['', '', '-alpine', '-rc1'];
  return Array.from({ length: questions }, (_question, index) => {
    const tags = Array.from({ length: tagsEach }, (_tag, nth) => {
      const seed = index * 31 + nth * 17;
      return `${seed % 4}.${seed % 21}.${(seed * 7) % 23}${variants[seed % variants.length]}`;
    });
    return JSON.stringify({ current: '1.2.3', policy: policies[index % policies.length], tags });
  }).join('\n');
}
