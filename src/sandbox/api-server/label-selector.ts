import { at, isJsonObject, listAt, textAt, textMapAt } from '../../model/json.ts';

/** A question about labels. */
export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const setTerm = /^([^\s=!(),]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalTerm = /^([^\s=!(),]+)\s*(==|=|!=)\s*([^\s=!(),]*)$/;
const presenceTerm = /^(!?)\s*([^\s=!(),]+)$/;

/**
 * Reads a label selector as the `labelSelector` query has it: `app=web,tier in (a, b),!legacy`.
 * Undefined where it is none.
 */
export function parseLabelSelector(text: string): LabelMatcher | undefined {
  // A comma within parentheses does not separate terms.
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  if (text.trim() === '') return () => true;
  const matchers: LabelMatcher[] = [];
  for (const term of terms) {
    const matcher = parseTerm(term);
    if (matcher === undefined) return undefined;
    matchers.push(matcher);
  }
  return (labels) => matchers.every((matches) => matches(labels));
}

function parseTerm(term: string): LabelMatcher | undefined {
  return parseSet(term) ?? parseEqual(term) ?? parsePresence(term);
}

function parseSet(term: string): LabelMatcher | undefined {
  const parts = setTerm.exec(term);
  if (parts === null) return undefined;
  const [, key = '', operator, values = ''] = parts;
  return matcherOf(
    operator === 'in' ? 'In' : 'NotIn',
    key,
    values.split(',').map((value) => value.trim()),
  );
}

function parseEqual(term: string): LabelMatcher | undefined {
  const parts = equalTerm.exec(term);
  if (parts === null) return undefined;
  const [, key = '', operator, value = ''] = parts;
  return matcherOf(operator === '!=' ? 'NotIn' : 'In', key, [value]);
}

function parsePresence(term: string): LabelMatcher | undefined {
  const parts = presenceTerm.exec(term);
  if (parts === null) return undefined;
  const [, not, key = ''] = parts;
  return matcherOf(not === '!' ? 'DoesNotExist' : 'Exists', key, []);
}

/** Reads a `LabelSelector` object (`matchLabels`, `matchExpressions`). One without terms matches everything. */
export function labelSelectorOf(selector: unknown): LabelMatcher {
  const equal = Object.entries(textMapAt(selector, 'matchLabels'));
  const expressions = listAt(selector, 'matchExpressions')
    .filter(isJsonObject)
    .map((expression) => {
      const values = listAt(expression, 'values').filter((value) => typeof value === 'string');
      return matcherOf(textAt(expression, 'operator') ?? '', textAt(expression, 'key') ?? '', values);
    });
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) && expressions.every((matches) => matches(labels));
}

function matcherOf(operator: string, key: string, values: readonly string[]): LabelMatcher {
  switch (operator) {
    case 'In':
      return (labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
    case 'NotIn':
      return (labels) => !Object.hasOwn(labels, key) || !values.includes(labels[key] ?? '');
    case 'Exists':
      return (labels) => Object.hasOwn(labels, key);
    case 'DoesNotExist':
      return (labels) => !Object.hasOwn(labels, key);
    default:
      return () => false;
  }
}

/** The labels of an object. */
export function labelsOf(object: unknown): Readonly<Record<string, string>> {
  return textMapAt(at(object, 'metadata'), 'labels');
}
