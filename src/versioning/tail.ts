import { isCompactDate, isCompactDateTime } from './calendar.ts';
import { shortestId } from './commit.ts';
import { canonicalDigits, isDigits } from './digits.ts';
import { numbersOf, readLabelled, splitTail, type Segment } from './segment.ts';
import type { Build, Prerelease, Version } from './token.ts';
import { isBuildLabel, isHotfixWord, isNeutralWord, needsNumber, stageOf } from './words.ts';

/** What follows the release numbers of a version. */
export type Tail = Pick<Version, 'prerelease' | 'hotfix' | 'builds' | 'variant' | 'neutral'>;

/** What a bare number that follows the release directly may be. */
export interface NumberRules {
  /** Whether it is a rebuild number; not so where the release itself is a digit inside a word: `arm64-17`. */
  readonly rebuilds: boolean;
  /** Whether it may have two parts, as Red Hat numbers its images: `8.10-1052.1724178568`. */
  readonly pairs: boolean;
}

/** A tail that is being read, and what its last segment was. */
interface Draft extends Tail {
  prerelease: Prerelease | undefined;
  hotfix: string | undefined;
  readonly builds: Build[];
  variant: string;
  neutral: string;
  last: 'release' | 'prerelease' | 'hotfix' | 'build' | 'variant' | 'neutral';
  readonly rules: NumberRules;
}

/** Reads one kind of segment, with the one that follows; answers how many it took, 0 where it is another kind. */
type Reader = (draft: Draft, segment: Segment, next: Segment | undefined) => number;

/** In order of precedence; the last one takes anything. */
const readers: readonly Reader[] = [
  readDate,
  readNumber,
  readBuild,
  readPrerelease,
  readHotfix,
  readNeutral,
  readVariant,
];
const noTail: Tail = { prerelease: undefined, hotfix: undefined, builds: [], variant: '', neutral: '' };

/** Reads everything after the release numbers. Linear; any text has a reading, if only as a variant. */
export function readTail(text: string, rules: NumberRules): Tail {
  if (text === '') return noTail;
  const draft: Draft = { ...noTail, builds: [], last: 'release', rules };
  const segments = splitTail(text);
  for (let index = 0; index < segments.length; ) index += readSegment(draft, segments, index);
  const { prerelease, hotfix, builds, variant, neutral } = draft;
  return { prerelease, hotfix, builds, variant, neutral };
}

function readSegment(draft: Draft, segments: readonly Segment[], index: number): number {
  const segment = segments[index];
  if (segment === undefined) return 1;
  for (const read of readers) {
    const taken = read(draft, segment, segments[index + 1]);
    if (taken > 0) return taken;
  }
  return 1;
}

/** A date is a rebuild number wherever it stands. */
function readDate(draft: Draft, { delimiter, moment }: Segment): number {
  return moment ? addBuild(draft, `${delimiter}${moment.spelling}`, [moment.digits]) : 0;
}

/** What a bare number means depends on what it follows. */
function readNumber(draft: Draft, { delimiter, text, labelled }: Segment): number {
  if (labelled.word !== '') return 0;
  const numbers = text.split('.');
  if (!numbers.every(isDigits)) return 0;
  if (draft.last === 'variant' || (draft.last === 'release' && !draft.rules.rebuilds)) return 0;
  if (numbers.length > 1) {
    const pair = numbers.length === 2 && draft.last === 'release' && draft.rules.pairs;
    return pair ? addBuild(draft, delimiter, numbers.map(canonicalDigits)) : 0;
  }
  if (draft.last !== 'prerelease' || !draft.prerelease) {
    return addBuild(draft, delimiter, numbers.map(canonicalDigits));
  }
  const { rank, identifiers, text: before } = draft.prerelease;
  const number = canonicalDigits(text);
  draft.prerelease = { rank, identifiers: [...identifiers, number], text: `${before}-${text}` };
  return 1;
}

function readPrerelease(draft: Draft, { text, labelled }: Segment): number {
  const read = readPrereleaseText(text, labelled);
  if (!read) return 0;
  const before = draft.last === 'prerelease' ? draft.prerelease : undefined;
  if (!before && draft.prerelease) return 0;
  draft.prerelease = before
    ? {
        rank: before.rank,
        identifiers: [...before.identifiers, read.rank, ...read.identifiers],
        text: `${before.text}-${read.text}`,
      }
    : read;
  draft.last = 'prerelease';
  return 1;
}

/** Reads `rc`, `rc1`, `rc.1`, `beta.2.rc` as a pre-release; undefined where the text is none. */
export function readPrereleaseText(text: string, labelled = readLabelled(text)): Prerelease | undefined {
  const { word, glue, parts } = labelled;
  const rank = stageOf(word);
  if (rank === undefined) return undefined;
  if (needsNumber(word) && !isDigits(parts[0] ?? '')) return undefined;
  const identifiers: (string | number)[] = [];
  for (const part of parts) {
    const read = readIdentifier(part);
    if (!read) return undefined;
    identifiers.push(...read);
  }
  const attached = glue === '' ? parts.slice(0, 1) : [];
  const dotted = parts.slice(attached.length).map((part) => (isDigits(part) ? canonicalDigits(part) : part));
  const spelled = text.slice(0, word.length) + attached.join('');
  return { rank, identifiers, text: [spelled, ...dotted].join('.') };
}

function readIdentifier(part: string): readonly (string | number)[] | undefined {
  if (isDigits(part)) return [canonicalDigits(part)];
  const { word, parts } = readLabelled(part);
  const rank = stageOf(word);
  if (rank === undefined) return undefined;
  if (parts.length === 0) return [rank];
  const [number = ''] = parts;
  return parts.length === 1 && isDigits(number) ? [rank, canonicalDigits(number)] : undefined;
}

function readBuild(draft: Draft, { delimiter, text, labelled }: Segment, next: Segment | undefined): number {
  const { word, glue } = labelled;
  const known = isBuildLabel(word) || (word === 'b' && draft.last === 'build');
  if (!known) return 0;
  const numbers = numbersOf(labelled);
  if (numbers) return addBuild(draft, `${delimiter}${word}${glue}`, numbers);
  if (word.length === 1 || text.length > word.length || !next || !isDigits(next.text)) return 0;
  addBuild(draft, `${delimiter}${word}${next.delimiter}`, [canonicalDigits(next.text)]);
  return 2;
}

function readHotfix(draft: Draft, { labelled }: Segment, next: Segment | undefined): number {
  if (!isHotfixWord(labelled.word) || draft.hotfix !== undefined) return 0;
  const numbers = numbersOf(labelled);
  const attached = numbers?.length === 1 ? numbers[0] : undefined;
  const apart =
    labelled.parts.length === 0 && next && isDigits(next.text) ? canonicalDigits(next.text) : undefined;
  const number = attached ?? apart;
  if (number === undefined || mayBeCommit(number)) return 0;
  draft.hotfix = number;
  draft.last = 'hotfix';
  return attached === undefined ? 2 : 1;
}

/** MinIO names a hotfix after a commit (`.hotfix.9ec9cb2ac`), whose id may happen to have no letter; no count is so long. */
function mayBeCommit(number: string): boolean {
  return number.length >= shortestId && !isCompactDate(number) && !isCompactDateTime(number);
}

function readNeutral(draft: Draft, { text, labelled }: Segment): number {
  if (labelled.word.length !== text.length || !isNeutralWord(labelled.word) || draft.neutral !== '') return 0;
  draft.neutral = text;
  draft.last = 'neutral';
  return 1;
}

function readVariant(draft: Draft, { delimiter, text }: Segment): number {
  draft.variant += delimiter + text;
  draft.last = 'variant';
  return 1;
}

function addBuild(draft: Draft, label: string, numbers: readonly string[]): number {
  numbers.forEach((number, index) => draft.builds.push({ label: index === 0 ? label : '.', number }));
  draft.last = 'build';
  return 1;
}
