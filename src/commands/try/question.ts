import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { ok, problem, type Result } from '../../model/result.ts';
import type { TagTimes } from '../../versioning/rule.ts';

/** One question: what would replace this tag, among these tags, under these settings? */
export interface Question {
  readonly current: string;
  readonly tags: readonly string[];
  readonly times: ReadonlyMap<string, TagTimes>;
  /** Texts of settings by their annotation's key, `policy` among them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The most tags of one question, as many as a registry is read for. */
const mostTags = 200_000;

/**
 * Reads one line of `--batch`: `{"current", "policy", "tags", …}` with the keys of the annotations, and `metadata`, which
 * maps a tag to when it was `created` and `pushed`. A list means several lines, as in the annotation.
 */
export function readQuestion(line: string): Result<Question> {
  const object = parseObject(line);
  if (!object) return problem('InvalidPolicy', 'the line is not a JSON object');
  const { current, tags, metadata, ...rest } = object;
  if (typeof current !== 'string') return problem('InvalidImage', 'current must be the tag that runs');
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    return problem('InvalidPolicy', 'tags must be a list of strings');
  }
  if (tags.length > mostTags) return problem('LimitExceeded', `there are more than ${mostTags} tags`);
  if (metadata !== undefined && !isJsonObject(metadata)) {
    return problem('InvalidPolicy', 'metadata must map tags to {"created", "pushed"}');
  }
  if (rest['policy'] === undefined) return problem('InvalidPolicy', 'policy is missing');
  const texts: [string, string][] = [];
  for (const key of Object.keys(rest)) {
    const text = settingText(rest, key);
    if (text === undefined) return problem('InvalidPolicy', `${key} must be a text`);
    texts.push([key, text]);
  }
  // A key may be called `__proto__`; fromEntries makes it one like any other, which is then unknown.
  const settings = Object.fromEntries(texts);
  return ok({ current, tags, times: timesOf(metadata ?? {}), settings });
}

function parseObject(line: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** A flag may be written as `true` instead of `"true"`. */
function settingText(rest: JsonObject, key: string): string | undefined {
  const value = at(rest, key);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  const list = listAt(rest, key);
  return list.length > 0 && list.every((one) => typeof one === 'string') ? list.join('\n') : undefined;
}

function timesOf(metadata: JsonObject): ReadonlyMap<string, TagTimes> {
  return new Map(
    Object.entries(metadata).map(([tag, times]) => {
      const created = textAt(times, 'created');
      const pushed = textAt(times, 'pushed');
      return [tag, { ...(created ? { created } : {}), ...(pushed ? { pushed } : {}) }];
    }),
  );
}
