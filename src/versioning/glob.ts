import { ok, problem, type Result } from '../model/result.ts';
import { compileExpression } from './expression.ts';

/** A compiled glob: whether all of a tag matches. */
export type Glob = (tag: string) => boolean;

const longest = 512;
const bracketAt = /\[([!^]?)([A-Za-z0-9_.-]+)\]/y;
const literal = /[A-Za-z0-9_.-]/;

/**
 * Compiles a glob: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}` and characters of tags; at most 512 characters. It is
 * translated to RE2 and not to a JavaScript RegExp, which takes exponential time where a pattern has many stars.
 * Anything else (extended globs, escapes, ranges in braces) is refused with its position.
 */
export function compileGlob(glob: string): Result<Glob> {
  if (glob.length > longest) return problem('InvalidPolicy', `the glob is longer than ${longest} characters`);
  const translated = translate(glob);
  if (!translated.ok) return translated;
  const expression = compileExpression(translated.value);
  if (!expression.ok)
    return problem('InvalidPolicy', 'the glob is too large or has a range that runs backwards');
  return ok(expression.value.matches);
}

function translate(glob: string): Result<string> {
  let source = '';
  /** For each open brace, where it opened and how many commas it has. */
  const braces: { readonly at: number; commas: number }[] = [];
  for (let at = 0; at < glob.length; ) {
    const character = glob.charAt(at);
    const brace = braces.at(-1);
    let taken = 1;
    if (character === '{') {
      braces.push({ at, commas: 0 });
      source += '(?:';
    } else if (brace && character === ',') {
      brace.commas += 1;
      source += '|';
    } else if (brace && character === '}') {
      if (brace.commas === 0) return refuse(brace.at, 'a brace needs alternatives, as in {a,b}');
      braces.pop();
      source += ')';
    } else {
      const piece = translatePiece(glob, at);
      if (!piece) return refuse(at, `${JSON.stringify(character)} has no meaning here`);
      source += piece.source;
      taken = piece.length;
    }
    at += taken;
  }
  const open = braces.at(-1);
  return open ? refuse(open.at, 'the brace is not closed') : ok(source);
}

/** Translates a star, a question mark, a bracket expression or a character of tags. */
function translatePiece(glob: string, at: number): { source: string; length: number } | undefined {
  const character = glob.charAt(at);
  if (character === '?') return { source: '.', length: 1 };
  if (character === '*') {
    let end = at + 1;
    while (glob.charAt(end) === '*') end += 1;
    return { source: '.*', length: end - at };
  }
  if (character === '[') {
    bracketAt.lastIndex = at;
    const bracket = bracketAt.exec(glob);
    if (!bracket) return undefined;
    const [whole, negation = '', members = ''] = bracket;
    return { source: `[${negation === '' ? '' : '^'}${members}]`, length: whole.length };
  }
  if (!literal.test(character)) return undefined;
  return { source: character === '.' ? '\\.' : character, length: 1 };
}

function refuse(at: number, why: string): Result<never> {
  return problem('InvalidPolicy', `the glob cannot be read at character ${at + 1}: ${why}`);
}
