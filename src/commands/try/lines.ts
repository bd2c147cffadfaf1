/** The most characters of one line: a question with 200,000 tags of full length has fewer. */
export const longestLine = 32 * 1024 * 1024;

/**
 * The lines that each chunk of UTF-8 completes, without their line ends; undefined in place of one that has more than
 * {@link longestLine} characters. The last line may lack its end.
 */
export async function* completeLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly (string | undefined)[]> {
  const decoder = new TextDecoder();
  let held: string[] = [];
  let length = 0;
  const take = (text: string) => {
    length += text.length;
    if (length > longestLine) held = [];
    else held.push(text);
  };
  const complete = () => {
    const line = length > longestLine ? undefined : held.join('');
    [held, length] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const rest = parts.pop() ?? '';
    const lines = parts.map((part) => {
      take(part);
      return complete();
    });
    take(rest);
    yield lines;
  }
  take(decoder.decode());
  yield [complete()];
}
