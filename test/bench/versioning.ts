import type { PolicyRule, SelectionPolicy } from '../../src/model/policy.ts';
import { selectTag } from '../../src/versioning/select.ts';
import type { Measure } from './measure.ts';

const base: SelectionPolicy = {
  rule: { kind: 'minor' },
  prerelease: 'auto',
  variant: 'exact',
  precision: 'same',
  scheme: 'same',
  strictZero: false,
  order: 'version',
  extract: undefined,
  allowTags: [],
  ignoreTags: [],
};

const rules: readonly PolicyRule[] = [
  { kind: 'minor' },
  { kind: 'semver', range: '>=1.2, <4' },
  { kind: 'glob', pattern: '[0-9]*-alpine' },
  { kind: 'regexp', pattern: '\\d+\\.\\d+\\.\\d+-alpine' },
];

const many = 100_000;
const few = 10_000;

/** The choice among 100,000 tags, and how its cost grows with their number. */
export async function versioningBench(): Promise<readonly Measure[]> {
  return rules.flatMap((rule): readonly Measure[] => {
    const policy = { ...base, rule };
    const name = `choice under ${rule.kind}`;
    const slow = best(policy, tagList(many));
    const quick = best(policy, tagList(few));
    return [
      { name: `${name}, 100,000 tags`, value: Math.round(slow), unit: 'ms', atMost: 1_000 },
      {
        name: `${name}, cost of ten times the tags`,
        value: Math.round((slow / quick) * 10) / 10,
        unit: 'times',
        atMost: 20,
      },
    ];
  });
}

/** The quickest of five runs, in milliseconds. */
function best(policy: SelectionPolicy, tags: readonly string[]): number {
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const selected = selectTag({ current: '1.4.2-alpine', policy, tags });
    if (!selected.ok || selected.value.choice === undefined) throw new Error('the benchmark chose nothing');
    return performance.now() - start;
  });
  return Math.min(...runs);
}

/** Tags as a busy repository has them: versions with variants, floating ones, commits and artefacts. */
function tagList(count: number): readonly string[] {
  const variants = ['', '-alpine', '-slim', '-alpine3.19', '-rc.1', '_7-jre'];
  return Array.from({ length: count }, (_, index) => {
    if (index % 50 === 0) return `sha-${(index * 2_654_435_761).toString(16).padStart(10, '0')}`;
    const variant = variants[index % variants.length] ?? '';
    return `${index % 7}.${Math.floor(index / 7) % 40}.${Math.floor(index / 280)}${variant}`;
  });
}
