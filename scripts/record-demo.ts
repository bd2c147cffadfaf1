/**
 * Records a real run of the demo into the README, between its two markers: `node scripts/record-demo.ts`.
 * Nothing is written when a scene does not end as it should.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const readme = new URL('../README.md', import.meta.url);
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const [begin, end] = ['<!-- demo:begin -->', '<!-- demo:end -->'];

const { stdout } = await promisify(execFile)(process.execPath, [main, 'demo']);
const text = readFileSync(readme, 'utf8');
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
const recording = ['```console', '$ npm run -s demo', stdout.trimEnd(), '```'].join('\n');
writeFileSync(readme, `${text.slice(0, from + begin.length)}\n${recording}\n${text.slice(to)}`);
