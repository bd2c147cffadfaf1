import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SelectionPolicy } from '../../../src/model/policy.ts';
import { isStepBack } from '../../../src/versioning/adoption.ts';
import { compareVersions, compareWithinFamily } from '../../../src/versioning/compare.ts';
import { compileSelection, type Selector } from '../../../src/versioning/select.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';
import { anyTag, similarTag } from './arbitrary-tags.ts';
import { policyOf } from './policies.ts';

const ofVersions: readonly (readonly [string, Partial<SelectionPolicy>])[] = [
  ['patch', {}],
  ['minor', { strictZero: true }],
  ['minor', { precision: 'any' }],
  ['major', {}],
  ['major', { prerelease: 'true', scheme: 'any' }],
  ['major', { prerelease: 'false' }],
  ['major', { variant: 'family', precision: 'any' }],
  ['semver:>=0.0.0-0', {}],
  ['semver:^1 || ~2.1', { precision: 'any' }],
  ['semver:*', { prerelease: 'true', variant: 'family' }],
  ['glob:*', {}],
  ['glob:{v,}[0-2].*', { variant: 'family' }],
  ['regexp:.*', { prerelease: 'true', precision: 'any' }],
];
const byOtherThings: readonly (readonly [string, Partial<SelectionPolicy>])[] = [
  ['calver:YYYY.MINOR', {}],
  ['calver:YYYY-0M-0D', {}],
  ['regexp:v?(?P<major>\\d+)\\.(?P<minor>\\d+)(?:-(?P<prerelease>rc\\d))?(?P<variant>-alpine.*)?', {}],
  ['regexp:(?P<variant>[a-z]*)-?(?P<version>\\d.*)', {}],
  ['glob:*', { extract: '.*?(?P<version>\\d+)', order: 'numeric' }],
  ['glob:*-alpine*', { order: 'alphabetical' }],
  ['glob:*', { order: 'created' }],
  ['numeric', {}],
  ['alphabetical', {}],
  ['newest', {}],
];

const tagLists = fc.oneof(
  fc.array(anyTag, { maxLength: 25 }),
  fc.array(similarTag, { minLength: 5, maxLength: 30 }),
);

/** Any tag gets some of these times, the same one every time. */
const times = [
  '2024-01-01T00:00:00Z',
  '2024-06-01T00:00:00Z',
  '2024-06-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  undefined,
];

function timesOf(tags: readonly string[]): Map<string, { pushed?: string }> {
  return new Map(
    tags.map((tag) => {
      const pushed = times[(tag.length * 7 + tag.charCodeAt(tag.length - 1)) % times.length];
      return [tag, pushed === undefined ? {} : { pushed }];
    }),
  );
}

function selectorFor(text: string, options: Partial<SelectionPolicy>): Selector {
  const selector = compileSelection(policyOf(text, options));
  assert.ok(selector.ok, selector.ok ? '' : selector.problem.message);
  return selector.value;
}

for (const [text, options] of [...ofVersions, ...byOtherThings]) {
  const name = `${text} ${JSON.stringify(options)}`;
  const selector = selectorFor(text, options);
  const situations = fc.tuple(fc.oneof(anyTag, similarTag), tagLists);

  test(`${name}: the order of the tags does not matter`, () => {
    const shuffled = situations.chain(([current, tags]) =>
      fc.tuple(
        fc.constant(current),
        fc.constant(tags),
        fc.shuffledSubarray(tags, { minLength: tags.length, maxLength: tags.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([current, tags, others]) => {
        const known = timesOf([current, ...tags]);
        const select = (list: readonly string[]) => selector.select({ current, tags: list, times: known });
        assert.deepEqual(select(others), select(tags));
      }),
    );
  });

  test(`${name}: after the choice was applied there is nothing left to choose`, () => {
    fc.assert(
      fc.property(situations, ([current, tags]) => {
        const known = timesOf([current, ...tags]);
        const { choice } = selector.select({ current, tags, times: known });
        if (choice === undefined) return;
        assert.equal(selector.select({ current: choice, tags, times: known }).choice, undefined);
      }),
    );
  });

  test(`${name}: some of the tags never give something newer than all of them`, () => {
    const parted = situations.chain(([current, tags]) =>
      fc.tuple(fc.constant(current), fc.constant(tags), fc.subarray(tags)),
    );
    fc.assert(
      fc.property(parted, ([current, tags, some]) => {
        const known = timesOf([current, ...tags]);
        const ofSome = selector.select({ current, tags: some, times: known }).choice;
        if (ofSome === undefined) return;
        const ofAll = selector.select({ current, tags, times: known }).choice;
        assert.ok(ofAll !== undefined);
        assert.equal(selector.select({ current, tags: [ofAll, ofSome], times: known }).choice, ofAll);
      }),
    );
  });

  test(`${name}: every tag has one reason, and the counts are theirs`, () => {
    fc.assert(
      fc.property(situations, ([current, tags]) => {
        const request = { current, tags, times: timesOf([current, ...tags]) };
        const { selection, reasons } = selector.explain(request);
        assert.deepEqual(selection, selector.select(request));
        assert.deepEqual(new Set(reasons.keys()), new Set(tags));
        const rejected = [...reasons.values()].filter(
          (reason) => reason !== 'chosen' && reason !== 'current',
        );
        const counted = Object.values(selection.counts).reduce((sum, count) => sum + count, 0);
        assert.equal(counted, rejected.length);
        const chosen = [...reasons].filter(([, reason]) => reason === 'chosen').map(([tag]) => tag);
        assert.deepEqual(chosen, selection.choice === undefined ? [] : [selection.choice]);
      }),
    );
  });
}

for (const [text, options] of ofVersions) {
  const selector = selectorFor(text, options);
  const compare = options.variant === 'family' ? compareWithinFamily : compareVersions;

  test(`${text} ${JSON.stringify(options)}: never chooses what is not newer than the current tag`, () => {
    fc.assert(
      fc.property(fc.oneof(anyTag, similarTag), tagLists, (current, tags) => {
        const { choice } = selector.select({ current, tags });
        if (choice === undefined) return;
        const [from, to] = [tokenise(current), tokenise(choice)];
        assert.equal(isStepBack(to, from) && compareWithinFamily(asVersion(to), asVersion(from)) <= 0, false);
        if (from.kind === 'version' && !from.hash && /^(?:patch|minor|major|semver)/.test(text)) {
          assert.ok(compare(asVersion(to), from) > 0);
        }
      }),
    );
  });
}

function asVersion(token: ReturnType<typeof tokenise>) {
  assert.equal(token.kind, 'version');
  return token;
}
