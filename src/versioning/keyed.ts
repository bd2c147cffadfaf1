import { sameVariant } from './compatible.ts';
import { compareCodePoints } from './digits.ts';
import type { RejectReason } from './reject-reason.ts';
import { unfit, type Rule, type RuleOptions, type Situation } from './rule.ts';
import type { Token } from './token.ts';

/** What a rule that compares no versions orders a tag by. */
export interface Keyed<K> {
  readonly tag: string;
  readonly key: K;
  /** What the author's expression calls the variant; it must stay. */
  readonly variant: string;
}

/** What was read out of a tag, or why nothing was. */
type KeyReading<K> = Omit<Keyed<K>, 'tag'> | RejectReason;

/** How a rule orders tags by something else than their version. */
export interface KeyOrder<K> {
  readonly admitsCommits: boolean;
  readonly read: (tag: string, token: Token, situation: Situation) => KeyReading<K>;
  readonly compare: (a: K, b: K) => number;
  /** Whether a tag may be adopted although the current tag has no key, for the reason given. */
  readonly adopts: (candidate: Token, reason: RejectReason, situation: Situation) => boolean;
}

/** A rule that takes the greatest key, strictly greater than that of the current tag where it has one. */
export function keyedRule<K>(order: KeyOrder<K>, options: Pick<RuleOptions, 'variant'>): Rule<Keyed<K>> {
  return {
    admitsCommits: order.admitsCommits,
    against: (situation) => {
      const own = situation.allowed
        ? order.read(situation.current, situation.token, situation)
        : ('notAllowed' as const);
      return {
        outside: typeof own === 'string' ? own : undefined,
        judge: (tag, token) => {
          const reading = order.read(tag, token, situation);
          if (typeof reading === 'string') return unfit(reading);
          if (typeof own === 'string') {
            if (!order.adopts(token, own, situation)) return unfit(own === 'undated' ? own : 'notNewer');
          } else {
            if (!sameVariant(reading.variant, own.variant, options)) return unfit('variant');
            if (order.compare(reading.key, own.key) <= 0) return unfit('notNewer');
          }
          return { kind: 'fit', value: { tag, ...reading } };
        },
        compare: (a, b) => order.compare(a.key, b.key) || compareCodePoints(a.tag, b.tag),
      };
    },
  };
}
