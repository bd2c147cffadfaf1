import type { Scene, WorkloadSight } from './scene.ts';
import { fleetTable } from './table.ts';

/** How a scene ended. */
export interface SceneResult {
  readonly scene: Scene;
  readonly well: boolean;
  /** What was seen of the workload, the last sight last. */
  readonly seen: readonly WorkloadSight[];
  /** What ended it before its time. */
  readonly fault?: string;
}

/** Where the tour is shown. */
export interface Screen {
  /** Something worth a line happened. */
  say(line: string): void;
  /** The fleet changed. */
  show(fleet: readonly WorkloadSight[]): void;
  /** A scene ended. */
  ended(result: SceneResult): void;
  close(): void;
}

/** Plain lines, for pipes and logs: the table is shown only when a scene ends. */
export class PlainScreen implements Screen {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  say(line: string): void {
    this.#print(line);
  }

  show(): void {
    // A pipe has no place for a table that changes.
  }

  ended(result: SceneResult): void {
    for (const line of resultLines(result, false)) this.#print(line);
  }

  close(): void {
    // Nothing is held.
  }
}

/**
 * A terminal: the table stands at the bottom and is redrawn in place, lines scroll above it. Only lines that differ are
 * written, so that nothing flickers.
 */
export class LiveScreen implements Screen {
  readonly #write: (text: string) => void;
  #drawn: readonly string[] = [];
  #fleet: readonly WorkloadSight[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
    this.#write('\u001b[?25l');
  }

  say(line: string): void {
    this.#above([line]);
  }

  show(fleet: readonly WorkloadSight[]): void {
    this.#fleet = fleet;
    const lines = ['', ...fleetTable(fleet, true)];
    if (lines.length !== this.#drawn.length) return this.#above([]);
    const up = this.#drawn.length;
    const text = lines
      .map((line, index) => (line === this.#drawn[index] ? '\n' : `\u001b[2K${line}\n`))
      .join('');
    this.#write(`\u001b[${up}A\r${text}`);
    this.#drawn = lines;
  }

  ended(result: SceneResult): void {
    this.#above(resultLines(result, true));
  }

  close(): void {
    this.#write('\u001b[?25h');
  }

  /** Writes lines above the table: the table is taken away and drawn again below them. */
  #above(lines: readonly string[]): void {
    const erase = this.#drawn.length > 0 ? `\u001b[${this.#drawn.length}A\r\u001b[J` : '';
    this.#drawn = this.#fleet.length > 0 ? ['', ...fleetTable(this.#fleet, true)] : [];
    this.#write(`${erase}${[...lines, ...this.#drawn].join('\n')}\n`);
  }
}

function resultLines({ scene, well, seen, fault }: SceneResult, colour: boolean): readonly string[] {
  const mark = well ? 'ok  ' : 'FAIL';
  const shown = colour ? `\u001b[${well ? 32 : 31};1m${mark}\u001b[0m` : mark;
  return [
    `${shown} ${scene.title}`,
    ...paragraph('expected', scene.expected),
    ...seen.flatMap((sight, index) => paragraph(index === 0 ? 'happened' : 'then', happened(sight))),
    ...(fault === undefined ? [] : paragraph('failed', fault)),
  ];
}

function happened(sight: WorkloadSight): string {
  return `${sight.name} runs ${sight.image}; ${verdictOf(sight)}: ${sight.message}`;
}

const indent = 5;
const labelWidth = 10;
const textWidth = 83;

/** A labelled text, broken between words so that it fits 98 columns. */
function paragraph(label: string, text: string): readonly string[] {
  const short = text.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]+/g, '$1');
  const lines = [''];
  for (const word of short.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= textWidth) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map(
    (line, index) => ' '.repeat(indent) + (index === 0 ? label : '').padEnd(labelWidth) + line,
  );
}

function verdictOf({ state, reason }: WorkloadSight): string {
  return reason === state ? state : `${state}/${reason}`;
}
