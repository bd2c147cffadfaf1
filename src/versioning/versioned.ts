import { affinity } from './adoption.ts';
import { compareVersions, compareWithinFamily } from './compare.ts';
import { incompatibility, type Compatibility } from './compatible.ts';
import { compareSpelling, type VersionedTag } from './prefer.ts';
import type { RejectReason } from './reject-reason.ts';
import { unfit, type Rule, type RuleOptions, type Situation, type Verdict } from './rule.ts';
import type { Token, Version } from './token.ts';

/** What sets one rule that compares versions apart from the others. */
export interface VersionLine {
  readonly admitsCommits: boolean;
  /** Reads the version that the rule compares, or says why a tag has none. */
  readonly read: (tag: string, token: Token) => Version | RejectReason;
  /** What must agree with the current tag where that has a version. */
  readonly compatibility: Compatibility;
  /** Why a tag may not be taken up where the current tag has no version, for the reason given; undefined if it may. */
  readonly refusesAdoption: (
    candidate: Adoptee,
    situation: Situation,
    why: RejectReason,
  ) => RejectReason | undefined;
  /** Judges a tag that is compatible with and newer than `own`, the version of the current tag if it has one. */
  readonly draw: (candidate: VersionedTag, own: Version | undefined) => Verdict<VersionedTag>;
}

/** A tag that may be taken up in the place of one without a version. */
interface Adoptee {
  readonly version: Version;
  /** What the whole tag is, where `version` is only a part of it. */
  readonly token: Token;
}

/**
 * A rule that takes the highest version. Where the current tag has one too, the candidate must be compatible with it
 * and newer; where it has none, the rule says whether the best tag is adopted.
 */
export function versionedRule(line: VersionLine, options: RuleOptions): Rule<VersionedTag> {
  const compare = options.variant === 'family' ? compareWithinFamily : compareVersions;
  const read = (tag: string, token: Token) => {
    const version = line.read(tag, token);
    return typeof version === 'object' && version.hash ? 'commit' : version;
  };
  return {
    admitsCommits: line.admitsCommits,
    against: (situation) => {
      const { current, token: currentToken } = situation;
      const own = read(current, currentToken);
      const unfitness = (candidate: Adoptee): RejectReason | undefined => {
        if (typeof own === 'string') return line.refusesAdoption(candidate, situation, own);
        const { version } = candidate;
        const reason = incompatibility(version, own, line.compatibility);
        return reason ?? (compare(version, own) > 0 ? undefined : 'notNewer');
      };
      const likeness = (version: Version) =>
        typeof own === 'string' ? affinity(version, situation, options) : 0;
      return {
        outside: typeof own === 'string' ? own : unfitFor(line.draw({ tag: current, version: own }, own)),
        judge: (tag, token) => {
          const version = read(tag, token);
          if (typeof version === 'string') return unfit(version);
          const reason = unfitness({ version, token });
          if (reason !== undefined) return unfit(reason);
          return line.draw({ tag, version }, typeof own === 'string' ? undefined : own);
        },
        compare: (a, b) =>
          likeness(a.version) - likeness(b.version) ||
          compare(a.version, b.version) ||
          compareSpelling(a, b, currentToken),
      };
    },
  };
}

function unfitFor(verdict: Verdict<VersionedTag>): RejectReason | undefined {
  return verdict.kind === 'fit' ? undefined : verdict.reason;
}

/** Reads a whole tag as a version. */
export function readWholeTag(_tag: string, token: Token): Version | RejectReason {
  return token.kind === 'version' ? token : token.kind;
}
