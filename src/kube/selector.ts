import { listAt, textAt, textMapAt } from '../model/json.ts';

/**
 * Writes a label selector object as a query, `app=web,tier in (a,b)`, in a fixed order.
 * Empty where it selects everything, or holds an operator that nobody knows: nothing may then be concluded from it.
 */
export function selectorQuery(selector: unknown): string {
  const equalities = Object.entries(textMapAt(selector, 'matchLabels')).map(
    ([key, value]) => `${key}=${value}`,
  );
  const expressions = listAt(selector, 'matchExpressions').map(expressionQuery);
  if (expressions.includes(undefined)) return '';
  return [...equalities.toSorted(), ...expressions].join(',');
}

function expressionQuery(expression: unknown): string | undefined {
  const key = textAt(expression, 'key');
  const values = listAt(expression, 'values').filter((value) => typeof value === 'string');
  if (key === undefined) return undefined;
  switch (textAt(expression, 'operator') ?? '') {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return undefined;
  }
}
