/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`, `negotiate` … */
  readonly scheme: string;
  /** Parameters by lower-case name; the first of equal names counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The bare value of schemes such as Negotiate. */
  readonly token68: string | undefined;
}

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'quoted'; readonly text: string }
  | { readonly kind: 'equals' }
  | { readonly kind: 'comma' };

/** Longest header line that is read: more is no honest challenge. */
const longestLine = 8_192;
const schemeGrammar = /^[!#$%&'*+\-.^`|~\w]+$/;

/**
 * Reads the challenges of all `WWW-Authenticate` lines of an answer, in order.
 * What does not follow the grammar is left out and its neighbours are kept. Never throws.
 * @see RFC 9110, sections 5.6 and 11.6.1
 */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  return lines.flatMap((line) => readChallenges(tokenise(line.slice(0, longestLine))));
}

/** Splits a line; the rest behind a quote that never ends is dropped. */
function tokenise(line: string): readonly Token[] {
  const grammar = /(?<equals>=)|(?<comma>,)|"(?<quoted>(?:[^"\\]|\\.)*)"|(?<word>[^\s,="]+)|\s+/gsy;
  const tokens: Token[] = [];
  for (const { groups = {} } of line.matchAll(grammar)) {
    const { equals, comma, quoted, word } = groups;
    if (equals !== undefined) tokens.push({ kind: 'equals' });
    if (comma !== undefined) tokens.push({ kind: 'comma' });
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll(/\\(.)/gs, '$1') });
    if (word !== undefined) tokens.push({ kind: 'word', text: word });
  }
  return tokens;
}

/** A word begins a challenge only at the start or after a comma, and only if no `=` follows it. */
function readChallenges(tokens: readonly Token[]): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let parameters = new Map<string, string>();
  let isStart = true;
  for (let position = 0; position < tokens.length; ) {
    const parameter = parameterAt(tokens, position);
    const scheme = tokens[position];
    if (parameter !== undefined) {
      if (!parameters.has(parameter.name)) parameters.set(parameter.name, parameter.value);
      position += 3;
      isStart = false;
    } else if (isStart && scheme?.kind === 'word' && tokens[position + 1]?.kind !== 'equals') {
      parameters = new Map();
      const token68 = token68At(tokens, position + 1);
      if (schemeGrammar.test(scheme.text)) {
        challenges.push({ scheme: scheme.text.toLowerCase(), parameters, token68 });
      }
      position += token68 === undefined ? 1 : 2;
      // A parameter may follow the scheme without a comma.
      isStart = false;
    } else {
      isStart = scheme?.kind === 'comma';
      position++;
    }
  }
  return challenges;
}

function parameterAt(
  tokens: readonly Token[],
  position: number,
): { name: string; value: string } | undefined {
  const name = tokens[position];
  const value = tokens[position + 2];
  if (name?.kind !== 'word' || tokens[position + 1]?.kind !== 'equals') return undefined;
  if (value?.kind !== 'word' && value?.kind !== 'quoted') return undefined;
  return { name: name.text.toLowerCase(), value: value.text };
}

/** The bare value after a scheme, with its `=` padding. */
function token68At(tokens: readonly Token[], position: number): string | undefined {
  const word = tokens[position];
  if (word?.kind !== 'word' || parameterAt(tokens, position) !== undefined) return undefined;
  let padding = 0;
  while (tokens[position + 1 + padding]?.kind === 'equals') padding++;
  return `${word.text}${'='.repeat(padding)}`;
}
