import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** One value of the chart, as its file explains it. */
export interface ChartValue {
  /** Dots between the levels: `image.tag`. */
  readonly path: string;
  /** The default, as JSON. */
  readonly default: string;
  /** The comment above it, in one line; empty where there is none. */
  readonly comment: string;
}

/**
 * Every value of a `values.yaml`, in order, with the comment above it. A map whose keys have comments of their own is a
 * section, and its keys are told; any other is one value.
 */
export function readChartValues(text: string): readonly ChartValue[] {
  const { contents, commentBefore } = parseDocument(text);
  return isMap(contents) ? valuesOf(contents, '', commentBefore) : [];
}

/** The values as the table of the chart's README. */
export function chartValuesTable(values: readonly ChartValue[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = values.map(
    (each) => `| \`${each.path}\` | \`${cell(each.default)}\` | ${cell(each.comment)} |`,
  );
  return ['| value | default | what it does |', '|---|---|---|', ...rows].join('\n');
}

function valuesOf(map: YAMLMap, prefix: string, above?: string | null): readonly ChartValue[] {
  return map.items.flatMap((pair, index) => {
    // What stands above the first key counts as the comment of the map.
    const comment = commentOf(pair) ?? (index === 0 ? (above ?? map.commentBefore) : undefined) ?? '';
    const path = prefix + String(pair.key);
    if (isMap(pair.value) && isSection(pair.value)) return valuesOf(pair.value, `${path}.`);
    const value: unknown = isScalar(pair.value) || isMap(pair.value) ? pair.value.toJSON() : pair.value;
    return [{ path, default: JSON.stringify(value), comment: oneLine(comment) }];
  });
}

function isSection(map: YAMLMap): boolean {
  return Boolean(map.commentBefore) || map.items.some((pair) => commentOf(pair) !== undefined);
}

function commentOf({ key }: Pair): string | undefined {
  return isScalar(key) ? (key.commentBefore ?? undefined) : undefined;
}

function oneLine(comment: string): string {
  return comment.replaceAll(/\s*\n\s*/g, ' ').trim();
}
