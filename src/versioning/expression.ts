import { LRUCache } from 'lru-cache';
import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { ok, problem, type Result } from '../model/result.ts';

/** A regular expression that a person wrote, matched against whole tags. */
export interface Expression {
  /** Names of its groups. */
  readonly groups: readonly string[];
  /** Whether it matches all of a tag. */
  readonly matches: (tag: string) => boolean;
  /** What its named groups matched (absent where a group took no part), or undefined where the tag does not match. */
  readonly capture: (tag: string) => ReadonlyMap<string, string> | undefined;
}

const longest = 512;
/** In RE2 instructions, which bound the work per character of a tag. Counted repetitions multiply. */
const largestProgram = 500;
/**
 * What was compiled last, by its text: the workloads of a fleet share few expressions, and each decision asks for its own more
 * than once. Compiling takes longer than the rest of a decision, and an expression takes about 20 KB.
 */
const compiledLately = new LRUCache<string, Result<Expression>>({ max: 256 });

/**
 * Compiles an RE2 expression: linear in the tag, so no lookaround and no back reference, and never the RegExp of
 * JavaScript. At most 512 characters and 500 instructions. Anchors are implied: it must match the whole tag.
 */
export function compileExpression(text: string): Result<Expression> {
  if (text.length > longest) {
    return problem('InvalidPolicy', `the expression is longer than ${longest} characters`);
  }
  const known = compiledLately.get(text);
  if (known) return known;
  const expression = compileAnew(text);
  compiledLately.set(text, expression);
  return expression;
}

function compileAnew(text: string): Result<Expression> {
  const compiled = compile(text);
  if (!compiled.ok) return compiled;
  const expression = compiled.value;
  if (expression.programSize() > largestProgram) {
    return problem('InvalidPolicy', 'the expression is too large; use smaller counts in its repetitions');
  }
  const groups = Object.keys(expression.namedGroups());
  const matches = (tag: string) => expression.matches(tag);
  return ok({
    groups,
    matches,
    capture: (tag) => (matches(tag) ? captured(expression, groups, tag) : undefined),
  });
}

function compile(text: string): Result<RE2JS> {
  try {
    return ok(RE2JS.compile(text));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return problem('InvalidPolicy', `the expression cannot be read${describe(error, text)}`);
  }
}

/** Where and why, as far as the library tells; a fragment that occurs once is a position. */
function describe(error: RE2JSException, text: string): string {
  if (!(error instanceof RE2JSSyntaxException)) return `: ${error.message}`;
  const fragment = error.input ?? '';
  const at = text.indexOf(fragment);
  const unique = fragment !== '' && at >= 0 && at === text.lastIndexOf(fragment);
  return `${unique ? ` at character ${at + 1}` : ''}: ${error.error}${fragment === '' ? '' : ` in ${JSON.stringify(fragment)}`}`;
}

function captured(expression: RE2JS, groups: readonly string[], tag: string): ReadonlyMap<string, string> {
  const matcher = expression.matcher(tag);
  const values = new Map<string, string>();
  if (!matcher.matches()) return values;
  for (const name of groups) {
    const value = matcher.group(name);
    if (typeof value === 'string') values.set(name, value);
  }
  return values;
}
