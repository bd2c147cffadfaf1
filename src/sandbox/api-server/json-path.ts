import { isJsonObject, textAt } from '../../model/json.ts';
import { isList } from './json-edit.ts';

type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'where'; readonly key: string; readonly value: string };

const patterns: readonly (readonly [RegExp, (found: RegExpExecArray) => Step])[] = [
  [
    /^\.?\[\?\(@\.([\w-]+)\s*==\s*["']([^"']*)["']\)\]/,
    ([, key = '', value = '']) => ({ kind: 'where', key, value }),
  ],
  [/^\.?\[(\d+)\]/, ([, index = '0']) => ({ kind: 'index', index: Number(index) })],
  [/^\.?\[\*\]/, () => ({ kind: 'all' })],
  [/^\.?\[["']([^"']+)["']\]/, ([, key = '']) => ({ kind: 'key', key })],
  [/^\.((?:[^.[\]\\]|\\.)+)/, ([, key = '']) => ({ kind: 'key', key: key.replaceAll(/\\(.)/g, '$1') })],
];

/** Reads values out of an object. */
export type JsonPath = (object: unknown) => readonly unknown[];

/**
 * Reads the JSONPath of a printer column: keys (`\.` for a dot within one), indexes, `[*]` and `[?(@.type=="Ready")]`.
 * Undefined where it holds anything else.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  while (rest !== '') {
    const match = nextStep(rest);
    if (match === undefined) return undefined;
    steps.push(match.step);
    rest = rest.slice(match.length);
  }
  return (object) => steps.reduce<readonly unknown[]>(take, [object]);
}

function nextStep(text: string): { readonly step: Step; readonly length: number } | undefined {
  for (const [pattern, build] of patterns) {
    const found = pattern.exec(text);
    if (found !== null) return { step: build(found), length: found[0].length };
  }
  return undefined;
}

function take(values: readonly unknown[], step: Step): readonly unknown[] {
  return values.flatMap((value) => {
    switch (step.kind) {
      case 'key':
        return isJsonObject(value) && value[step.key] !== undefined ? [value[step.key]] : [];
      case 'index':
        return isList(value) ? value.slice(step.index, step.index + 1) : [];
      case 'all':
        return isList(value) ? value : isJsonObject(value) ? Object.values(value) : [];
      case 'where':
        return isList(value) ? value.filter((item) => textAt(item, step.key) === step.value) : [];
      default:
        return step satisfies never;
    }
  });
}
