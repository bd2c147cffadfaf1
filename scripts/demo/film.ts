import type { Frame } from './terminal.ts';

/** One text on one line, and when it is in sight. */
export interface Shot {
  readonly row: number;
  readonly text: string;
  readonly from: number;
  /** Undefined: to the end and after it. */
  readonly to: number | undefined;
}

/** A recording as texts that come and go, and as how far the lines have moved up. */
export interface Film {
  readonly shots: readonly Shot[];
  readonly scrolls: readonly { readonly at: number; readonly row: number }[];
  readonly seconds: number;
  /** How many lines are in sight. */
  readonly height: number;
}

/** How a recording becomes a film. */
export interface Cut {
  readonly height: number;
  /** A pause is not longer than this, in seconds. */
  readonly longestPause: number;
  /** Several new lines at once stand for at least this long, in seconds, however fast others came. */
  readonly timeToRead: number;
  /** What is in sight for less than this is left out, in seconds. */
  readonly shortest: number;
}

/** Cuts a recording: long pauses become short, new lines can be read, and what flashes by is left out. */
export function cutFilm(frames: readonly Frame[], cut: Cut): Film {
  const { height, shortest } = cut;
  const isSeen = ({ at }: Frame, index: number, all: readonly Frame[]) => {
    const next = all[index + 1];
    return next === undefined || next.at - at >= shortest;
  };
  const seen = pace(frames, cut).filter(isSeen);
  return { shots: shotsOf(seen), scrolls: scrollsOf(seen, height), seconds: seen.at(-1)?.at ?? 0, height };
}

function shotsOf(frames: readonly Frame[]): readonly Shot[] {
  const shots: Shot[] = [];
  const open = new Map<number, Shot>();
  for (const { at, lines } of frames) {
    const rows = Math.max(lines.length, 1 + Math.max(-1, ...open.keys()));
    for (let row = 0; row < rows; row++) {
      const text = lines[row] ?? '';
      const known = open.get(row);
      if ((known?.text ?? '') === text) continue;
      if (known) shots.push({ ...known, to: at });
      open.delete(row);
      if (text !== '') open.set(row, { row, text, from: at, to: undefined });
    }
  }
  return [...shots, ...open.values()];
}

function scrollsOf(frames: readonly Frame[], height: number): Film['scrolls'] {
  const tops = frames.map(({ at, lines }) => ({ at, row: Math.max(0, lines.length - height) }));
  return tops.filter(({ row }, index) => row !== (tops[index - 1]?.row ?? 0));
}

function pace(frames: readonly Frame[], { longestPause, timeToRead }: Cut): readonly Frame[] {
  let now = 0;
  return frames.map(({ at, lines }, index) => {
    const before = frames[index - 1];
    const added = (before?.lines.length ?? 0) - (frames[index - 2]?.lines.length ?? 0);
    if (before) now += Math.max(added > 2 ? timeToRead : 0, Math.min(longestPause, at - before.at));
    return { at: now, lines };
  });
}
