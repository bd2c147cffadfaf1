import type { SemVer } from 'semver';
import { ok, problem, type Result } from '../model/result.ts';
import { canonicalDigits } from './digits.ts';
import { readTerm, type Operand, type Operator, type Term } from './range-term.ts';

/** A constraint on versions. */
export interface VersionRange {
  /** Whether a version satisfies it. Pre-releases only where the constraint names one, or all are asked for. */
  readonly admits: (version: SemVer, allPrereleases: boolean) => boolean;
}

/** Terms that must all hold. */
interface Group {
  readonly terms: readonly Term[];
  /** Whether a term names a pre-release, which opens all pre-releases for this group. */
  readonly opensPrereleases: boolean;
}

interface Piece {
  readonly terms: readonly Term[];
  readonly opensPrereleases: boolean;
  readonly end: number;
}

/** What could not be understood, and at which index. */
class RangeFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const longest = 512;
const operatorAt = /(?:!=|>=|=>|<=|=<|~>|[=<>~^])?/y;
const operandAt =
  /v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?/y;
const hyphenAt = /\s+-(?=\s)\s*/y;
const spaceAt = /\s*/y;
const separatorAt = /\s*,\s*|\s+/y;
const spellings: Readonly<Record<string, Operator>> = {
  '': '=',
  '=': '=',
  '!=': '!=',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '=>': '>=',
  '<=': '<=',
  '=<': '<=',
  '~': '~',
  '~>': '~',
  '^': '^',
};

/**
 * Reads a constraint in the language of Flux, Argo CD and Helm: operators `= != > < >= <= ~ ^`, hyphen ranges,
 * wildcards `x X *`, AND by space or comma, OR by `||`. Strict: what is not understood is refused with its position,
 * never read more loosely. A blank constraint admits every stable version.
 */
export function parseRange(text: string): Result<VersionRange> {
  if (text.length > longest) {
    return problem('InvalidPolicy', `the range is longer than ${longest} characters`);
  }
  try {
    const groups = text.trim() === '' ? [readGroup('*', 0)] : readGroups(text);
    return ok({ admits: (version, all) => groups.some((group) => holds(group, version, all)) });
  } catch (error) {
    if (!(error instanceof RangeFault)) throw error;
    return problem(
      'InvalidPolicy',
      `the range cannot be read at character ${error.at + 1}: ${error.message}`,
    );
  }
}

function holds({ terms, opensPrereleases }: Group, version: SemVer, all: boolean): boolean {
  if (version.prerelease.length > 0 && !all && !opensPrereleases) return false;
  return terms.every((term) => term(version));
}

function readGroups(text: string): readonly Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (const alternative of text.split('||')) {
    groups.push(readGroup(text.slice(0, start + alternative.length), start));
    start += alternative.length + 2;
  }
  return groups;
}

/** Reads terms from an index to the end of the text. */
function readGroup(text: string, start: number): Group {
  const terms: Term[] = [];
  let opensPrereleases = false;
  let at = skip(spaceAt, text, start);
  if (at === text.length) throw new RangeFault(at, 'a version must stand here');
  while (at < text.length) {
    const piece = readPiece(text, at);
    terms.push(...piece.terms);
    opensPrereleases ||= piece.opensPrereleases;
    at = afterPiece(text, piece.end);
  }
  return { terms, opensPrereleases };
}

/** The index of the next term: they are kept apart by spaces or one comma, and nothing may follow the last. */
function afterPiece(text: string, end: number): number {
  if (skip(spaceAt, text, end) === text.length) return text.length;
  const next = skip(separatorAt, text, end);
  if (next === end) {
    throw new RangeFault(end, 'a space, a comma or "||" must follow a version such as 1.2.3, 1.2 or 1.x');
  }
  if (next === text.length) throw new RangeFault(next, 'a version must follow the comma');
  return next;
}

/** Reads one term with its operator, or two versions joined by a hyphen between spaces. */
function readPiece(text: string, at: number): Piece {
  const afterOperator = skip(operatorAt, text, at);
  const written = text.slice(at, afterOperator);
  const first = readOperand(text, skip(spaceAt, text, afterOperator));
  const afterHyphen = skip(hyphenAt, text, first.end);
  if (afterHyphen === first.end) {
    const terms = [meaning(spellings[written] ?? '=', first, at)];
    return { terms, opensPrereleases: first.prerelease !== undefined, end: first.end };
  }
  if (written !== '') throw new RangeFault(at, 'a hyphen range takes no operator');
  const last = readOperand(text, afterHyphen);
  return {
    terms: [meaning('>=', first, at), meaning('<=', last, afterHyphen)],
    opensPrereleases: first.prerelease !== undefined || last.prerelease !== undefined,
    end: last.end,
  };
}

function readOperand(text: string, at: number): Operand & { readonly end: number } {
  operandAt.lastIndex = at;
  const match = operandAt.exec(text);
  if (!match) throw new RangeFault(at, 'a version such as 1.2.3, 1.2 or 1.x must stand here');
  const [whole, major = '*', minor = '*', patch = '*', prerelease] = match;
  const parts = [major, minor, patch];
  const wildcard = parts.findIndex((part) => 'xX*'.includes(part));
  const numbers = (wildcard < 0 ? parts : parts.slice(0, wildcard)).map(canonicalDigits);
  if (parts.slice(numbers.length).some((part) => !'xX*'.includes(part))) {
    throw new RangeFault(at, 'no number may follow a wildcard');
  }
  return { numbers, prerelease, end: at + whole.length };
}

function meaning(operator: Operator, operand: Operand, at: number): Term {
  let term: Term | undefined;
  try {
    term = readTerm(operator, operand);
  } catch {
    throw new RangeFault(at, 'it is no version by SemVer 2.0.0, or a number is too large');
  }
  if (!term) throw new RangeFault(at, 'this operator before a lone wildcard excludes every version');
  return term;
}

function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  const match = expression.exec(text);
  return at + (match?.[0].length ?? 0);
}
