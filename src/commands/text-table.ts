/** A column of a table. */
export interface Column {
  readonly title: string;
  /** The most characters that it takes; what is longer is cut. */
  readonly most: number;
  /** The least to which it is squeezed where the table is too wide; nothing: it is never squeezed. */
  readonly least?: number;
}

/** A row: the cells in the order of the columns, and the colour of its line. */
export interface Row {
  readonly cells: readonly string[];
  readonly colour?: Colour | undefined;
}

/** A colour, or weight, of a terminal. */
export type Colour = 'bold' | 'green' | 'cyan' | 'yellow' | 'red' | 'magenta' | 'grey';

/** The widest that any table is. */
const widest = 100;
const gap = '  ';
const codes: Readonly<Record<Colour, number>> = {
  bold: 1,
  green: 32,
  cyan: 36,
  yellow: 33,
  red: 31,
  magenta: 35,
  grey: 90,
};

/**
 * The lines of a table of at most 100 columns, a heading first. A column is as wide as what it holds; where all together
 * are too wide, the widest of those that may be squeezed give way. `colour`: with the escape codes of a terminal.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly Row[],
  colour: boolean,
): readonly string[] {
  const widths = squeeze(
    columns,
    columns.map(({ title, most }, index) =>
      rows.reduce(
        (width, { cells }) => Math.max(width, Math.min(most, shown(cells[index]).length)),
        title.length,
      ),
    ),
  );
  const lineOf = (cells: readonly (string | undefined)[]) =>
    widths
      .map((width, index) => fit(shown(cells[index]), width))
      .join(gap)
      .trimEnd();
  const heading = lineOf(columns.map(({ title }) => title));
  return [
    paint(heading, colour ? 'bold' : undefined),
    ...rows.map((row) => paint(lineOf(row.cells), colour ? row.colour : undefined)),
  ];
}

function squeeze(columns: readonly Column[], wanted: readonly number[]): readonly number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, width) => sum + width, (widths.length - 1) * gap.length) - widest;
  while (excess > 0) {
    const room = columns.map(({ least }, index) =>
      least !== undefined && (widths[index] ?? 0) > least ? (widths[index] ?? 0) : 0,
    );
    const index = room.indexOf(Math.max(...room));
    if (Math.max(...room) === 0) return widths;
    widths[index] = (widths[index] ?? 1) - 1;
    excess -= 1;
  }
  return widths;
}

/** A text in a colour; unchanged where there is none. */
export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

/** Breaks a text at spaces into lines of at most `width` columns, unless a word is longer; lines after the first are indented. */
export function wrap(text: string, indent = '', width = widest): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A text without the control characters that others may have written, which a terminal would obey, those of direction too. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

function shown(cell: string | undefined): string {
  return cell === undefined || cell === '' ? '-' : clean(cell);
}

function fit(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}
