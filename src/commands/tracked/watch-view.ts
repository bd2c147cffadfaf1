import type { Clock } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { CommandContext } from '../command.ts';
import { shortDigest, shortImage } from '../short-image.ts';
import { stateText } from '../state-text.ts';
import { clean, wrap } from '../text-table.ts';
import { reportTracked } from './tracked-report.ts';
import { workloadName } from './tracked-lookup.ts';

/** Where what is watched is shown. */
export interface WatchView {
  /** Shows how everything stands now. `problem`: why nothing newer is known, where the API server is away. */
  show(images: readonly TrackedImage[], problem: string | undefined): void;
  close(): void;
}

const clearScreen = '\u001b[2J\u001b[3J\u001b[H';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** A terminal: the whole picture is drawn anew where it has changed. */
export class DrawnWatch implements WatchView {
  readonly #write: (text: string) => void;
  readonly #lines: (images: readonly TrackedImage[]) => readonly string[];
  #drawn = '';

  constructor(write: (text: string) => void, lines: (images: readonly TrackedImage[]) => readonly string[]) {
    this.#write = write;
    this.#lines = lines;
    this.#write(hideCursor);
  }

  show(images: readonly TrackedImage[], problem: string | undefined): void {
    const picture = images.length > 0 ? this.#lines(images) : ['nothing is tracked here'];
    const foot = problem === undefined ? 'watching; Ctrl-C ends' : `as it was last seen: ${problem}`;
    const text = [...picture, '', ...wrap(foot)].join('\n');
    if (text === this.#drawn) return;
    this.#write(`${clearScreen}${text}\n`);
    this.#drawn = text;
  }

  close(): void {
    this.#write(showCursor);
  }
}

/** What lines are appended to. */
export interface AppendedOptions {
  readonly print: CommandContext['print'];
  /** Where it is told that the API server is away. */
  readonly complain: CommandContext['complain'];
  readonly clock: Pick<Clock, 'now'>;
  /** One JSON object a line, instead of text. */
  readonly json: boolean;
  /** Whether each is named with its namespace. */
  readonly everywhere: boolean;
}

/** A pipe or a file: one line for each container at first, and for each change that people would want to read. */
export class AppendedWatch implements WatchView {
  readonly #options: AppendedOptions;
  /** What was last said of each, by uid. */
  #said: ReadonlyMap<string, { readonly image: TrackedImage; readonly text: string }> = new Map();
  #problem: string | undefined;

  constructor(options: AppendedOptions) {
    this.#options = options;
  }

  show(images: readonly TrackedImage[], problem: string | undefined): void {
    this.#tellProblem(problem);
    const now = new Map(images.map((image) => [image.uid, { image, text: this.#textOf(image) }]));
    for (const [uid, { text }] of now) if (this.#said.get(uid)?.text !== text) this.#print(text);
    for (const [uid, { image }] of this.#said) if (!now.has(uid)) this.#print(this.#goneText(image));
    this.#said = now;
  }

  close(): void {
    // Nothing is held.
  }

  #print(text: string): void {
    const { json, print, clock } = this.#options;
    print(json ? text : `${new Date(clock.now()).toISOString().slice(0, 19)}Z ${text}`);
  }

  #textOf(image: TrackedImage): string {
    const report = reportTracked(image);
    if (this.#options.json) return JSON.stringify(report);
    const { state, reason, message } = report;
    if (state === null || reason === null) return `${this.#nameOf(image)}: nothing was told yet`;
    const verdict = `${stateText(state, reason)}: ${message ?? ''}`;
    return clean(`${this.#nameOf(image)} ${shortImage(report.image ?? '')} ${shortDigest(verdict)}`);
  }

  #goneText(image: TrackedImage): string {
    if (!this.#options.json) return `${this.#nameOf(image)}: it is gone`;
    const { workload, container, trackedImage } = reportTracked(image);
    return JSON.stringify({ workload, container, trackedImage, gone: true });
  }

  #nameOf({ ref: { workload, container } }: TrackedImage): string {
    const namespace = this.#options.everywhere ? `${workload.namespace}/` : '';
    return `${namespace}${workloadName(workload)} ${container}`;
  }

  #tellProblem(problem: string | undefined): void {
    const { complain } = this.#options;
    if (problem !== undefined && this.#problem === undefined)
      complain(`waiting for the API server: ${problem}`);
    if (problem === undefined && this.#problem !== undefined) complain('the API server answers again');
    this.#problem = problem;
  }
}
