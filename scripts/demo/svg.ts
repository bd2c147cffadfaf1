import type { Film, Shot } from './film.ts';
import { paintedParts, plain } from './terminal.ts';

/** Columns of the terminal that is drawn. */
const columns = 99;
const cell = { width: 7.2, height: 16 };
const margin = { side: 14, top: 34, bottom: 12 };

/** Classes by the code of a terminal. */
const classes: Readonly<Record<string, string>> = {
  1: 'b',
  31: 'red',
  32: 'grn',
  33: 'yel',
  35: 'mag',
  36: 'cyn',
  90: 'dim',
};

/** Colours on light and on dark ground, by class. */
const palette: Readonly<Record<string, readonly [string, string]>> = {
  fg: ['#1f2328', '#e6edf3'],
  red: ['#b3242f', '#ff7b72'],
  grn: ['#116329', '#56d364'],
  yel: ['#7d4e00', '#e3b341'],
  mag: ['#6639ba', '#d2a8ff'],
  cyn: ['#0550ae', '#79c0ff'],
  dim: ['#59636e', '#9198a1'],
  bar: ['#d0d7de', '#30363d'],
  bg: ['#f6f8fa', '#0d1117'],
};

const style = [
  "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}",
  '.b{font-weight:600}',
  fills(0),
  `@media(prefers-color-scheme:dark){${fills(1)}}`,
  '@keyframes on{from,to{visibility:visible}}',
  '@keyframes off{from,to{visibility:hidden}}',
  '.s{visibility:hidden;animation:on 1s}',
  '.e{animation:off 1s}',
  '@media(prefers-reduced-motion:reduce){*{animation:none!important}}',
].join('\n');

function fills(ground: 0 | 1): string {
  return Object.entries(palette)
    .map(([name, colours]) => `.${name}{fill:${colours[ground]}}`)
    .join('');
}

/**
 * A film as an SVG that plays once and then stands still. Whoever does not play animations, or asks for less motion, sees
 * the last picture.
 */
export function drawFilm(film: Film, title: string): string {
  const width = columns * cell.width + 2 * margin.side;
  const height = film.height * cell.height + margin.top + margin.bottom;
  const inner = {
    x: margin.side,
    y: margin.top,
    width: columns * cell.width,
    height: film.height * cell.height,
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}\n${scrolling(film)}</style>`,
    `<rect width="${width}" height="${height}" rx="8" class="bg"/>`,
    ...[16, 32, 48].map((x) => `<circle cx="${x}" cy="17" r="5" class="bar"/>`),
    `<text x="${width / 2}" y="21" text-anchor="middle" class="dim">${escaped(title)}</text>`,
    `<svg x="${inner.x}" y="${inner.y}" width="${inner.width}" height="${inner.height}"><g class="fg m" xml:space="preserve">`,
    ...film.shots.map(drawShot),
    '</g></svg></svg>',
    '',
  ].join('\n');
}

/** The lines jump up when new ones come; the place at the end is also that of whoever plays nothing. */
function scrolling({ scrolls, seconds }: Film): string {
  const end = scrolls.at(-1);
  if (!end) return '';
  const place = (row: number) => `transform:translateY(${-row * cell.height}px)`;
  const steps = scrolls.map(({ at, row }) => `${decimal((100 * at) / seconds)}%{${place(row)}}`);
  return `@keyframes up{0%{${place(0)}}${steps.join('')}}.m{${place(end.row)};animation:up ${decimal(seconds)}s step-end}`;
}

function drawShot({ row, text, from, to }: Shot): string {
  const y = row * cell.height + 12;
  if (to !== undefined)
    return spans(
      text,
      `y="${y}" class="s" style="animation-delay:${decimal(from)}s;animation-duration:${decimal(to - from)}s"`,
    );
  const late = from === 0 ? '' : ` class="e" style="animation-duration:${decimal(from)}s"`;
  return spans(text, `y="${y}"${late}`);
}

/** A line as one text, its coloured parts as spans. The width is given, so that columns stand below each other in any font. */
function spans(line: string, attributes: string): string {
  const parts = paintedParts(line).map(({ text, codes }) => {
    const names = codes.flatMap((code) => classes[code] ?? []);
    return names.length > 0 ? `<tspan class="${names.join(' ')}">${escaped(text)}</tspan>` : escaped(text);
  });
  const width = decimal(plain(line).length * cell.width);
  return `<text ${attributes} textLength="${width}">${parts.join('')}</text>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function decimal(value: number): string {
  return String(Math.round(value * 100) / 100);
}
