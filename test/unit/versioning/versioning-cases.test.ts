import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectionPolicy } from '../../../src/model/policy.ts';
import { compareVersions } from '../../../src/versioning/compare.ts';
import { followsDigest, isFloating } from '../../../src/versioning/floating.ts';
import { selectTag } from '../../../src/versioning/select.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';
import { readCases } from './cases.ts';
import { filterOf, policyOf } from './policies.ts';

type Options = Readonly<Record<string, string>>;

interface Case {
  readonly id: string;
  readonly check?: 'classify' | 'compare';
  readonly policy?: string;
  readonly options?: Options;
  readonly current: string;
  readonly tags: readonly string[];
  readonly metadata?: Readonly<Record<string, { readonly created?: string; readonly pushed?: string }>>;
  readonly expected: string | null;
  readonly digestTracking?: boolean;
  readonly components?: readonly string[];
  readonly floating?: boolean;
  readonly why: string;
}

const now = Date.UTC(2026, 10, 1);

for (const example of readCases('versioning.json', isCase)) {
  test(`case ${example.id}: ${example.policy ?? example.check} of ${JSON.stringify(example.current)}: ${example.why}`, () => {
    if (example.check === 'classify') classifies(example);
    else if (example.check === 'compare') compares(example);
    else chooses(example);
  });
}

function chooses({
  policy: text = 'none',
  options = {},
  current,
  tags,
  metadata = {},
  expected,
  digestTracking,
}: Case) {
  const policy = policyOf(text, readOptions(options));
  const selected = selectTag({ current, policy, tags, times: new Map(Object.entries(metadata)), now });
  const choice = selected.ok ? selected.value.choice : undefined;
  assert.equal(choice ?? null, expected);
  assert.equal(followsDigest(choice ?? current, policy.rule, 'auto', policy.order), digestTracking);
}

function classifies({ current, expected, components, floating }: Case) {
  const token = tokenise(current);
  assert.equal(token.kind, expected);
  if (components) assert.deepEqual(token.kind === 'version' && token.components, components);
  if (floating !== undefined) assert.equal(isFloating(current), floating);
}

function compares({ current, tags, expected }: Case) {
  const [a, b] = [tokenise(current), tokenise(tags[0] ?? '')];
  assert.ok(a.kind === 'version' && b.kind === 'version');
  assert.equal({ '-1': '<', '0': '=', '1': '>' }[Math.sign(compareVersions(a, b))], expected);
}

function readOptions(options: Options): Partial<SelectionPolicy> {
  const of = <T extends string>(key: string, ...words: readonly T[]): T | undefined =>
    words.find((word) => word === options[key]);
  const filters = (key: string) => (options[key] ?? '').split('\n').filter(Boolean).map(filterOf);
  return {
    prerelease: of('prerelease', 'auto', 'true', 'false') ?? 'auto',
    variant: of('variant', 'exact', 'family') ?? 'exact',
    precision: of('precision', 'same', 'any') ?? 'same',
    scheme: of('scheme', 'same', 'any') ?? 'same',
    order: of('order', 'version', 'alphabetical', 'numeric', 'created') ?? 'version',
    strictZero: options['strict-zero'] === 'true',
    extract: options['extract'],
    allowTags: filters('allow-tags'),
    ignoreTags: filters('ignore-tags'),
  };
}

function isCase(value: unknown): value is Case {
  return (
    typeof value === 'object' && value !== null && 'id' in value && 'current' in value && 'tags' in value
  );
}
