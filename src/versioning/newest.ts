import { keyedRule, type Keyed } from './keyed.ts';
import type { Rule, RuleOptions, Situation } from './rule.ts';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** Build tools that strip times write 1970 or the year 1; nothing was pushed before registries existed. */
const earliest = Date.UTC(1990, 0, 1);
const mostAhead = 24 * 60 * 60 * 1000;

/**
 * A rule that takes the tag with the latest trusted time, strictly later than that of the current tag. Words such as
 * `latest` are pushed again and again and would win for ever; they count only where `allow-tags` names them.
 */
export function newestRule(options: RuleOptions): Rule<Keyed<number>> {
  return keyedRule(
    {
      admitsCommits: false,
      read: (tag, token, situation) => {
        const stray = token.kind === 'word' && tag !== situation.current && options.allowTags.length === 0;
        if (stray) return 'word';
        const key = trustedTime(tag, situation);
        return key === undefined ? 'undated' : { key, variant: '' };
      },
      compare: (a, b) => a - b,
      adopts: (_candidate, reason, { token }) => reason !== 'undated' || token.kind === 'word',
    },
    options,
  );
}

/**
 * When a tag came to be, in milliseconds since 1970: the registry's push time, else the publisher's. Times before
 * 1990 and more than 24 hours ahead of the clock are not believed. Undefined where no time is.
 */
export function trustedTime(tag: string, { times, now }: Situation): number | undefined {
  const { pushed, created } = times.get(tag) ?? {};
  return believable(pushed, now) ?? believable(created, now);
}

/** A time in milliseconds since 1970, where it is one that an image can have been made at; see {@link trustedTime}. */
export function believable(text: string | undefined, now: number | undefined): number | undefined {
  if (text === undefined || !isoTime.test(text)) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time) || time < earliest) return undefined;
  return now !== undefined && time > now + mostAhead ? undefined : time;
}
