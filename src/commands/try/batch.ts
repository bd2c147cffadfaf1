import { problem } from '../../model/result.ts';
import { type Answer, answerOf } from './answer.ts';
import { completeLines, longestLine } from './lines.ts';
import { readQuestion } from './question.ts';
import type { Trial } from './trial.ts';

/**
 * Answers JSON lines, one answer for each question, in order. A line that cannot be understood is answered with an error,
 * and the rest go on; empty lines are passed over. Yields the answers to what one chunk completed, as lines.
 */
export async function* answerBatch(
  chunks: AsyncIterable<Uint8Array>,
  trial: Trial,
): AsyncGenerator<readonly string[]> {
  for await (const lines of completeLines(chunks)) {
    const asked = lines.filter((line) => line?.trim() !== '');
    if (asked.length > 0) yield asked.map((line) => JSON.stringify(answerLine(line, trial)));
  }
}

function answerLine(line: string | undefined, trial: Trial): Answer {
  if (line === undefined) {
    return answerOf(problem('LimitExceeded', `the line has more than ${longestLine} characters`));
  }
  const question = readQuestion(line);
  return answerOf(question.ok ? trial.answer(question.value) : question);
}
