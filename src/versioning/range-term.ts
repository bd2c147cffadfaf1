import { Comparator, type SemVer } from 'semver';

/** The operators of a constraint; `=>`, `=<` and `~>` are other spellings of `>=`, `<=` and `~`. */
export type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

/** A version in a constraint, wildcards cut off: `1.x` has one number. */
export interface Operand {
  /** None to three canonical numbers. */
  readonly numbers: readonly string[];
  readonly prerelease: string | undefined;
}

/** Whether a version satisfies one term of a constraint. Pre-releases are judged by the group, not here. */
export type Term = (version: SemVer) => boolean;

const meanings: Readonly<Record<Operator, (operand: Operand) => Term>> = {
  '=': (operand) => (isExact(operand) ? compared('=', operand) : between(operand, last(operand))),
  '!=': (operand) => (isExact(operand) ? not(compared('=', operand)) : outside(operand)),
  '>': (operand) =>
    isExact(operand) ? compared('>', operand) : compared('>=', after(operand, last(operand))),
  '>=': from,
  '<': (operand) => compared('<', operand),
  '<=': (operand) =>
    isExact(operand) ? compared('<=', operand) : compared('<', after(operand, last(operand))),
  '~': (operand) => (isZero(operand) ? from(operand) : between(operand, Math.min(1, last(operand)))),
  '^': (operand) => between(operand, caretIndex(operand)),
};

/**
 * Gives a term its meaning as Masterminds/semver reads it, which Flux, Argo CD and Helm use: a missing number is a
 * wildcard, so `=1.2` means `1.2.x`, `<=1.2` admits `1.2.9`, and `>1.2` begins at `1.3.0`. Undefined where an
 * operator before a lone wildcard could only exclude everything (`<*`). Throws where a number exceeds 2^53.
 */
export function readTerm(operator: Operator, operand: Operand): Term | undefined {
  if (operand.numbers.length > 0) return meanings[operator](operand);
  return operator === '!=' || operator === '>' || operator === '<' ? undefined : from(operand);
}

function isExact({ numbers }: Operand): boolean {
  return numbers.length === 3;
}

function last({ numbers }: Operand): number {
  return numbers.length - 1;
}

/** `~0.0.0` admits everything from there on; people write it for "any". */
function isZero(operand: Operand): boolean {
  return isExact(operand) && operand.numbers.every((number) => number === '0');
}

/** `^` keeps the first number that is not zero, or the last one that is given. */
function caretIndex(operand: Operand): number {
  const index = operand.numbers.findIndex((number) => number !== '0');
  return index < 0 ? last(operand) : index;
}

/** From the operand up to, and not into, the next number at an index. */
function between(operand: Operand, index: number): Term {
  const lower = from(operand);
  const upper = compared('<', after(operand, index));
  return (version) => lower(version) && upper(version);
}

function from(operand: Operand): Term {
  return compared('>=', operand);
}

/** `!=4` excludes everything of 4; `!=4.1` excludes of 4.1 what is of the same pre-release, or none as it has none. */
function outside({ numbers, prerelease }: Operand): Term {
  const within = between({ numbers, prerelease: '0' }, numbers.length - 1);
  if (numbers.length === 1) return not(within);
  return (version) => !within(version) || version.prerelease.join('.') !== (prerelease ?? '');
}

function not(term: Term): Term {
  return (version) => !term(version);
}

/** The lowest version, pre-releases included, after all that share the numbers up to an index. */
function after({ numbers }: Operand, index: number): Operand {
  const next = (BigInt(numbers[index] ?? '0') + 1n).toString();
  return { numbers: [...numbers.slice(0, index), next], prerelease: '0' };
}

function compared(operator: '=' | '>' | '<' | '>=' | '<=', { numbers, prerelease }: Operand): Term {
  const [major = '0', minor = '0', patch = '0'] = numbers;
  const suffix = prerelease === undefined ? '' : `-${prerelease}`;
  const comparator = new Comparator(`${operator}${major}.${minor}.${patch}${suffix}`);
  return (version) => comparator.test(version);
}
