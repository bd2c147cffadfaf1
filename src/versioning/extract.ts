import { ok, problem, type Result } from '../model/result.ts';
import { canonicalDigits, isDigits } from './digits.ts';
import type { Expression } from './expression.ts';
import type { RejectReason } from './reject-reason.ts';
import { readLabelled } from './segment.ts';
import { readPrereleaseText } from './tail.ts';
import type { Prerelease, Token, Version } from './token.ts';
import { tokenise } from './tokenise.ts';
import { stageOf } from './words.ts';

/** How parts of a tag are read by the named groups of an expression. */
export interface Extraction {
  /** Whether the groups spell release numbers, which only the order `version` can compare. */
  readonly numbered: boolean;
  /** The text that the policy orders by, and the variant that must stay; undefined where the tag does not match. */
  readonly text: (tag: string) => Extracted | undefined;
  /** The version that the groups spell, or why there is none. */
  readonly version: (tag: string, token: Token) => Version | RejectReason;
}

/** What key orders compare. */
interface Extracted {
  readonly text: string;
  readonly variant: string;
}

const numberGroups = ['major', 'minor', 'patch', 'build', 'revision'] as const;
const knownGroups: readonly string[] = [...numberGroups, 'prerelease', 'variant', 'compatibility', 'version'];

/**
 * Gives the named groups of an expression their meaning. `major` to `revision` are release numbers in that order;
 * `version` is the text that is ordered instead; `variant` (or `compatibility`) must be equal. Unknown names and
 * names that contradict each other are refused.
 */
export function readGroups(expression: Expression): Result<Extraction> {
  const { groups } = expression;
  const fault = groupFault(groups);
  if (fault !== undefined) return problem('InvalidPolicy', fault);
  const numbered = groups.includes('major');
  const numbers = numberGroups.filter((name) => groups.includes(name));
  return ok({
    numbered,
    text: (tag) => {
      const values = expression.capture(tag);
      return values && { text: values.get('version') ?? tag, variant: variantOf(values) };
    },
    version: (tag, token) => {
      const values = expression.capture(tag);
      if (!values) return 'outOfRange';
      return numbered ? versionOfNumbers(values, numbers) : versionOfText(values, token);
    },
  });
}

function groupFault(groups: readonly string[]): string | undefined {
  const unknown = groups.find((name) => !knownGroups.includes(name));
  if (unknown !== undefined) {
    return `the group ${JSON.stringify(unknown)} has no meaning; known are ${knownGroups.join(', ')}`;
  }
  const has = (name: string) => groups.includes(name);
  const spells = [...numberGroups, 'prerelease'].some(has);
  if (has('variant') && has('compatibility'))
    return 'the groups "variant" and "compatibility" are the same thing';
  if (spells && has('version')) return 'the group "version" cannot stand beside groups for its parts';
  if (spells && !has('major')) return 'the group "major" is missing beside the other parts of the version';
  return undefined;
}

function variantOf(values: ReadonlyMap<string, string>): string {
  return values.get('variant') ?? values.get('compatibility') ?? '';
}

function versionOfNumbers(
  values: ReadonlyMap<string, string>,
  names: readonly string[],
): Version | RejectReason {
  const spelled = names.map((name) => values.get(name) ?? '0');
  if (!spelled.every(isDigits)) return 'outOfRange';
  return {
    kind: 'version',
    prefix: '',
    components: spelled.map(canonicalDigits),
    padded: spelled.some((number) => number.length > 1 && number.startsWith('0')),
    scheme: 'num',
    prerelease: readAnyPrerelease(values.get('prerelease') ?? ''),
    hotfix: undefined,
    builds: [],
    variant: variantOf(values),
    neutral: '',
    hash: false,
  };
}

/** Whatever the author calls a pre-release is one; words that are not known come before those that are. */
function readAnyPrerelease(text: string): Prerelease | undefined {
  const bare = text.replace(/^[-_.]/, '');
  if (bare === '') return undefined;
  const known = readPrereleaseText(bare);
  if (known) return known;
  const { word, parts } = readLabelled(bare);
  const identifiers = parts.filter(isDigits).map(canonicalDigits);
  return { rank: stageOf(word) ?? -1, identifiers, text: bare };
}

function versionOfText(values: ReadonlyMap<string, string>, whole: Token): Version | RejectReason {
  const text = values.get('version');
  const token = text === undefined ? whole : tokenise(text);
  if (token.kind !== 'version') return token.kind === 'illegal' ? 'word' : token.kind;
  return { ...token, variant: variantOf(values) + token.variant };
}
