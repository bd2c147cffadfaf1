import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../src/model/json.ts';

/**
 * The reference of the custom resources, from their definitions: what is served, what `kubectl get` shows, every field with its
 * limits, and the rules that the API server holds. Markdown.
 */
export function describeDefinitions(definitions: readonly JsonObject[]): string {
  const lines = [
    '# Custom resources',
    '',
    '<!-- Written by `node scripts/document-resources.ts` from crds/; a test holds it current. -->',
    '',
    'Every field of the custom resources with its limits, as the API server enforces them. What the fields are for, and how to work with them: [Resources](resources.md), [ImagePolicy](image-policy.md). `kubectl explain trackedimage.status` says the same in the cluster.',
    ...definitions.flatMap(describeDefinition),
  ];
  return `${lines.join('\n')}\n`;
}

function describeDefinition(definition: JsonObject): readonly string[] {
  const names = at(definition, 'spec', 'names');
  const words = (field: string) => listAt(names, field).map((word) => code(String(word)));
  const facts = [
    `${code(textAt(definition, 'metadata', 'name') ?? '')}, ${textAt(definition, 'spec', 'scope')?.toLowerCase()}`,
    `short name ${words('shortNames').join(', ')}`,
    `category ${words('categories').join(', ')}`,
  ];
  const versions = listAt(definition, 'spec', 'versions').flatMap(describeVersion);
  return ['', `## ${textAt(names, 'kind')}`, '', `${facts.join('; ')}.`, ...versions];
}

function describeVersion(version: unknown): readonly string[] {
  const schema = at(version, 'schema', 'openAPIV3Schema');
  const name = textAt(version, 'name') ?? '';
  const stored = at(version, 'storage') === true ? ', stored' : '';
  const properties = at(schema, 'properties');
  const own = isJsonObject(properties)
    ? Object.entries(properties).filter(([field]) => ['spec', 'status'].includes(field))
    : [];
  return [
    '',
    `Version ${code(name)}${stored}. ${textAt(schema, 'description') ?? ''}`.trimEnd(),
    '',
    ...table(
      ['column of `kubectl get`', 'field', 'shown'],
      listAt(version, 'additionalPrinterColumns').map((column) => [
        textAt(column, 'name')?.toUpperCase() ?? '',
        code(textAt(column, 'jsonPath') ?? ''),
        (numberAt(column, 'priority') ?? 0) > 0 ? 'with `-o wide`' : 'always',
      ]),
    ),
    '',
    ...table(
      ['field', 'type', 'limits', 'default', 'what it is'],
      own.flatMap(([field, each]) => rowsOf(each, field)),
    ),
    ...rulesOf(schema),
  ];
}

/** One row for a field and each below it. */
function rowsOf(schema: unknown, path: string): readonly (readonly string[])[] {
  const items = at(schema, 'items');
  const row = [
    code(path),
    typeOf(schema),
    limitsOf(schema),
    defaultOf(schema),
    textAt(schema, 'description') ?? '',
  ];
  const below = items === undefined ? schema : items;
  return [
    row,
    ...childrenOf(below, items === undefined ? path : `${path}[]`).flatMap(([field, each]) =>
      rowsOf(each, field),
    ),
  ];
}

function childrenOf(schema: unknown, path: string): readonly (readonly [string, unknown])[] {
  const properties = at(schema, 'properties');
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).map(([name, each]) => [`${path}.${name}`, each] as const);
}

function typeOf(schema: unknown): string {
  const type = textAt(schema, 'type') ?? 'any';
  if (type === 'array') return `list of ${typeOf(at(schema, 'items'))}`;
  const values = at(schema, 'additionalProperties');
  if (values !== undefined) return `map of ${typeOf(values)}`;
  return textAt(schema, 'format') === 'date-time' ? 'time' : type;
}

/** What a schema demands of a value, and of the entries of a list. */
function limitsOf(schema: unknown): string {
  const numbers = Object.entries(numbersOfSchema)
    .map(([field, words]) => [numberAt(schema, field), words] as const)
    .filter(([limit]) => limit !== undefined)
    .map(([limit, words]) =>
      limit === 1 && words.startsWith('at least # ') ? 'not empty' : words.replace('#', String(limit)),
    );
  const allowed = listAt(schema, 'enum').map((value) => code(String(value)));
  const pattern = textAt(schema, 'pattern');
  const items = at(schema, 'items');
  const ofItems = items === undefined ? '' : limitsOf(items);
  return [
    ...numbers,
    ...(allowed.length > 0 ? [`one of ${allowed.join(' ')}`] : []),
    ...(pattern === undefined ? [] : [`matches ${code(pattern)}`]),
    ...(ofItems === '' ? [] : [`each: ${ofItems}`]),
  ].join('; ');
}

/** How the limits of OpenAPI v3 are told; `#` stands for the number. */
const numbersOfSchema: Readonly<Record<string, string>> = {
  minimum: 'at least #',
  maximum: 'at most #',
  minLength: 'at least # characters',
  maxLength: 'at most # characters',
  minItems: 'at least # entries',
  maxItems: 'at most # entries',
  maxProperties: 'at most # keys',
};

function defaultOf(schema: unknown): string {
  const value = at(schema, 'default');
  return value === undefined ? '' : code(JSON.stringify(value));
}

/** The CEL rules of a schema and of all below it, by their messages. */
function rulesOf(schema: unknown): readonly string[] {
  const rules = rulesBelow(schema, '');
  if (rules.length === 0) return [];
  return [
    '',
    'Rules beyond the type of a field:',
    '',
    ...rules.map(([path, text]) => `- ${code(path)}: ${text}.`),
  ];
}

function rulesBelow(schema: unknown, path: string): readonly (readonly [string, string])[] {
  const own = listAt(schema, 'x-kubernetes-validations').map(
    (rule) => [path, textAt(rule, 'message') ?? ''] as const,
  );
  const items = at(schema, 'items');
  const inItems = items === undefined ? [] : rulesBelow(items, `${path}[]`);
  const children = childrenOf(schema, path).flatMap(([field, each]) =>
    rulesBelow(each, field.replace(/^\./, '')),
  );
  return [...own, ...inItems, ...children];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text}\``;
}
