/**
 * Records a real run of the demo: as a film into docs/demo.svg, and as text into the README between its two markers.
 * `npm run record-demo`. Nothing is written when a scene does not end as it should.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { demoCommand } from '../src/commands/demo/demo.ts';
import { cutFilm } from './demo/film.ts';
import { drawFilm } from './demo/svg.ts';
import { type Frame, plain, Terminal } from './demo/terminal.ts';

const readme = new URL('../README.md', import.meta.url);
const film = new URL('../docs/demo.svg', import.meta.url);
const [begin, end] = ['<!-- demo:begin -->', '<!-- demo:end -->'];
const typed = '$ npm run -s demo';

const { frames, transcript } = await record();
const text = readFileSync(readme, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
const cut = { height: 30, longestPause: 1, timeToRead: 1.3, shortest: 0.12 };
writeFileSync(film, drawFilm(cutFilm(frames, cut), 'npm run demo'));
const shown = [
  '![A terminal: scene by scene, images are pushed and workloads follow, hold or are put back](docs/demo.svg)',
  '',
  '<details>',
  '<summary>The same run as text</summary>',
  '',
  '```console',
  typed,
  ...transcript,
  '```',
  '',
  '</details>',
].join('\n');
writeFileSync(readme, `${text.slice(0, from + begin.length)}\n${shown}\n${text.slice(to)}`);

/** Runs the demo on a terminal of our own. */
async function record(): Promise<{
  readonly frames: readonly Frame[];
  readonly transcript: readonly string[];
}> {
  const terminal = new Terminal();
  terminal.write(`${typed}\n`);
  const frames: Frame[] = [{ at: 0, lines: [typed] }];
  const started = performance.now();
  const write = (written: string) => {
    terminal.write(written);
    frames.push({ at: (performance.now() - started) / 1_000, lines: [...terminal.lines] });
  };
  const code = await demoCommand.run({
    program: 'plimsoll',
    args: [],
    env: {},
    terminal: true,
    write,
    print: (line) => write(`${line}\n`),
    complain: (line) => console.error(line),
    input: () => process.stdin,
    onSignal: () => undefined,
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${terminal.lines.map(plain).join('\n')}`);
  const lines = terminal.lines.map((line) => plain(line).trimEnd());
  // What stands below the last empty line is the table.
  return { frames, transcript: lines.slice(1, lines.lastIndexOf('')) };
}
