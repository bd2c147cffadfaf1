import type { LabelSelector } from '../model/image-policy.ts';
import { ok, problem, type Result } from '../model/result.ts';

type Labels = Readonly<Record<string, string>>;

/** Compiles a label selector; an operator that Kubernetes does not have is a problem. */
export function compileLabelSelector(selector: LabelSelector): Result<(labels: Labels) => boolean> {
  const tests: ((labels: Labels) => boolean)[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels)) {
    tests.push((labels) => valueOf(labels, key) === value);
  }
  for (const { key, operator, values } of selector.matchExpressions) {
    const test = testOf(operator, values);
    if (!test) {
      const known = 'In, NotIn, Exists, DoesNotExist';
      return problem('InvalidPolicy', `the operator ${JSON.stringify(operator)} must be one of ${known}`);
    }
    tests.push((labels) => test(valueOf(labels, key)));
  }
  return ok((labels) => tests.every((test) => test(labels)));
}

/** `NotIn` also selects what lacks the label, as the API has it. */
function testOf(
  operator: string,
  values: readonly string[],
): ((value: string | undefined) => boolean) | undefined {
  switch (operator) {
    case 'In':
      return (value) => value !== undefined && values.includes(value);
    case 'NotIn':
      return (value) => value === undefined || !values.includes(value);
    case 'Exists':
      return (value) => value !== undefined;
    case 'DoesNotExist':
      return (value) => value === undefined;
    default:
      return undefined;
  }
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
