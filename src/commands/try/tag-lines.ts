import { ok, problem, type Result } from '../../model/result.ts';
import type { TagTimes } from '../../versioning/rule.ts';
import { completeLines } from './lines.ts';
import type { Question } from './question.ts';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads tags, one a line, each maybe followed by a blank, which no tag has, and the time when it was pushed (ISO 8601). */
export async function readTagLines(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Result<Pick<Question, 'tags' | 'times'>>> {
  const tags: string[] = [];
  const times = new Map<string, TagTimes>();
  const take = (line: string | undefined): boolean => {
    const [tag = '', pushed, more] = line?.trim().split(/\s+/) ?? [];
    if (tag === '') return true;
    tags.push(tag);
    if (pushed !== undefined) times.set(tag, { pushed });
    return more === undefined && (pushed === undefined || isTime(pushed));
  };
  for await (const lines of completeLines(chunks)) {
    if (lines.every(take)) continue;
    const why = `${tags.at(-1)} is followed by what is no time: write it as 2026-01-02T03:04:05Z`;
    return problem('InvalidPolicy', why);
  }
  return ok({ tags, times });
}

function isTime(text: string): boolean {
  return isoTime.test(text) && !Number.isNaN(Date.parse(text));
}
