/**
 * `npm run bench [name …]`: counts and ratios as one JSON object on standard output, with a table on standard error.
 * Exit code 1 when a number is beyond what the project promises.
 */
import { parseArgs } from 'node:util';
import { contests, type Measures, soloBenches } from './catalogue.ts';
import { peerOf, plimsoll } from './contender.ts';
import type { Measure } from './measure.ts';
import { type Compared, isBeyond, lineOf } from './table.ts';

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: 'string' },
    'peer-keys': { type: 'string' },
    'peer-agent': { type: 'string' },
  },
});
const known = [...Object.keys(soloBenches), ...Object.keys(contests)];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) fail(`there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
const { peer: command, 'peer-keys': keys, 'peer-agent': agent } = options;
if (command !== undefined && keys === undefined)
  fail('--peer needs --peer-keys FILE: the annotations it reads');
const found = command === undefined ? undefined : peerOf({ command, keys: keys ?? '', agent });
if (found?.ok === false) fail(found.message);
const peer = found?.value;

const compared: Compared[] = [];
for (const [name, bench] of Object.entries(soloBenches)) {
  // Beside a peer only what it can be given as well is of interest, unless more is asked for.
  if (!asked.includes(name) && (asked.length > 0 || peer !== undefined)) continue;
  for await (const measure of oneByOne(bench())) add(measure);
}
for (const [name, contest] of Object.entries(contests)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const [ours = [], theirs = []] = await contest(peer === undefined ? [plimsoll] : [plimsoll, peer]);
  for (const measure of ours) {
    const beside = theirs.find((one) => one.name === measure.name);
    add({ ...measure, ...(beside && { peer: beside.value }) });
  }
}
const beyond = compared.filter(isBeyond).map(({ name }) => name);
process.stdout.write(`${JSON.stringify({ measures: compared, beyond }, null, 2)}\n`);
process.exitCode = beyond.length > 0 ? 1 : 0;

async function* oneByOne(found: Measures): AsyncGenerator<Measure> {
  if (Symbol.asyncIterator in found) yield* found;
  else yield* await found;
}

function add(measure: Compared): void {
  compared.push(measure);
  process.stderr.write(lineOf(measure, peer?.name));
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
