/** A column of a table. */
export interface Column {
  readonly title: string;
  /** The most characters that it takes; what is longer is cut. */
  readonly most: number;
}

/** A row: the cells in the order of the columns, and the colour of its line. */
export interface Row {
  readonly cells: readonly string[];
  readonly colour?: Colour | undefined;
}

/** A colour of a terminal. */
export type Colour = 'green' | 'cyan' | 'yellow' | 'red' | 'magenta' | 'grey';

/** The widest that any table is. */
const widest = 100;
const gap = '  ';
const codes: Readonly<Record<Colour, number>> = {
  green: 32,
  cyan: 36,
  yellow: 33,
  red: 31,
  magenta: 35,
  grey: 90,
};

/**
 * The lines of a table of at most 100 columns, a heading first. A column is as wide as what it holds; where all together
 * are too wide, the last one gives way. `colour`: with the escape codes of a terminal.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly Row[],
  colour: boolean,
): readonly string[] {
  const wanted = columns.map(({ title, most }, index) =>
    Math.min(most, Math.max(title.length, ...rows.map(({ cells }) => shown(cells[index]).length))),
  );
  const before = wanted.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  const widths = [...wanted.slice(0, -1), Math.max(1, Math.min(wanted.at(-1) ?? 0, widest - before))];
  const lineOf = (cells: readonly (string | undefined)[]) =>
    widths
      .map((width, index) => fit(shown(cells[index]), width))
      .join(gap)
      .trimEnd();
  const heading = lineOf(columns.map(({ title }) => title));
  return [
    colour ? `\u001b[1m${heading}\u001b[0m` : heading,
    ...rows.map((row) => paint(lineOf(row.cells), colour ? row.colour : undefined)),
  ];
}

/** A text in a colour; unchanged where there is none. */
export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

/** Breaks a text into lines of at most 100 columns at spaces; lines after the first are indented. */
export function wrap(text: string, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > widest && line !== '') {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}

/** What others wrote may hold control characters, which a terminal would obey. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function shown(cell: string | undefined): string {
  return cell === undefined || cell === '' ? '-' : clean(cell);
}

function fit(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}
