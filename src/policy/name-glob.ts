import { RE2JS } from 're2js';
import { ok, problem, type Result } from '../model/result.ts';

/** The most characters that a glob on names may have. */
const longest = 256;
const literal = /[A-Za-z0-9_.:/-]/;

/**
 * Compiles a glob on repositories or container names: `*` is anything but a slash, `**` anything, `?` one character but
 * a slash, `{a,b}` alternatives; the rest stands for itself. At most 256 characters. It becomes an RE2 expression, which
 * takes linear time where a JavaScript RegExp, and with it picomatch, takes exponential time over many stars.
 */
export function compileNameGlob(glob: string): Result<(name: string) => boolean> {
  const refuse = (why: string) => problem('InvalidPolicy', `the glob ${JSON.stringify(glob)} ${why}`);
  if (glob === '') return refuse('is empty');
  if (glob.length > longest) return problem('InvalidPolicy', `a glob is longer than ${longest} characters`);
  let source = '';
  let open = 0;
  for (const piece of glob.matchAll(/\*+|[^*]/gs)) {
    const [text] = piece;
    if (text === '{') open += 1;
    if (text === '}') open -= 1;
    const translated = translate(text, open > 0);
    if (translated === undefined || open < 0 || open > 1)
      return refuse(`has an unexpected ${JSON.stringify(text)} at ${piece.index + 1}`);
    source += translated;
  }
  if (open > 0) return refuse('has a brace that is not closed');
  const compiled = RE2JS.compile(source);
  return ok((name) => compiled.matches(name));
}

function translate(text: string, inBraces: boolean): string | undefined {
  if (text.startsWith('*')) return text === '*' ? '[^/]*' : '.*';
  if (text === '?') return '[^/]';
  if (text === '{') return '(?:';
  if (text === '}') return ')';
  if (text === ',' && inBraces) return '|';
  return literal.test(text) ? RE2JS.quote(text) : undefined;
}
