/**
 * `npm run bench [name …]`: counts and ratios as one JSON object on standard output, with a table on standard error.
 * Exit code 1 when a number is beyond what the project promises.
 */
import { controllerBench } from './controller.ts';
import type { Measure } from './measure.ts';
import { registryBench } from './registry.ts';
import { tryBench } from './try.ts';
import { versioningBench } from './versioning.ts';

const benches: Readonly<Record<string, () => Promise<readonly Measure[]>>> = {
  controller: controllerBench,
  registry: registryBench,
  try: tryBench,
  versioning: versioningBench,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(2);
}

const measures: Measure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length === 0 || asked.includes(name)) measures.push(...(await bench()));
}
for (const { name, value, unit, atMost } of measures) {
  const limit = atMost === undefined ? '' : `at most ${atMost}`;
  const verdict = atMost !== undefined && value > atMost ? 'BEYOND' : '';
  process.stderr.write(
    `${name.padEnd(52)} ${String(value).padStart(9)} ${unit.padEnd(10)} ${limit.padEnd(14)} ${verdict}\n`,
  );
}
const beyond = measures.filter(({ value, atMost }) => atMost !== undefined && value > atMost);
process.stdout.write(`${JSON.stringify({ measures, beyond: beyond.map(({ name }) => name) }, null, 2)}\n`);
process.exitCode = beyond.length > 0 ? 1 : 0;
