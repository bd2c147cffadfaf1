import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isFloating } from '../../../src/versioning/floating.ts';
import type { Version } from '../../../src/versioning/token.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';

function versionOf(tag: string): Version {
  const token = tokenise(tag);
  assert.ok(token.kind === 'version', `${tag} is a ${token.kind}`);
  return token;
}

const stages: readonly (readonly string[])[] = [
  ['dev', 'snapshot', 'nightly', 'canary', 'edge', 'next', 'unstable'],
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
  ['pre', 'preview', 'ea'],
  ['c', 'cr', 'rc'],
];

suite('the words of tags', () => {
  for (const word of ['sha', 'git', 'commit', 'rev', 'pr', 'mr', 'branch']) {
    test(`${word} before a delimiter makes a revision, in any case`, () => {
      for (const tag of [`${word}-1.2.3`, `${word}_7`, `${word}.7`, `${word.toUpperCase()}-7`]) {
        assert.equal(tokenise(tag).kind, 'commit', tag);
      }
      assert.notEqual(tokenise(`${word}7`).kind, 'commit');
    });
  }

  for (const ending of ['sig', 'att', 'sbom']) {
    test(`what ends in .${ending} is stored beside an image`, () => {
      assert.equal(tokenise(`1.2.3.${ending}`).kind, 'artefact');
      assert.equal(tokenise(`1.2.3-${ending}`).kind, 'version');
    });
  }

  for (const [rank, words] of stages.entries()) {
    for (const word of words) {
      test(`${word} and a number is a pre-release of stage ${rank}, attached or not, in any case`, () => {
        for (const tail of [
          `-${word}1`,
          `-${word}.1`,
          `_${word}1`,
          `.${word}1`,
          `${word}1`,
          `-${word.toUpperCase()}1`,
        ]) {
          const { prerelease, variant } = versionOf(`1.2.3${tail}`);
          assert.deepEqual([prerelease?.rank, prerelease?.identifiers, variant], [rank, ['1'], ''], tail);
        }
      });
    }
  }

  for (const word of ['alpha', 'beta', 'milestone', 'pre', 'preview', 'ea', 'cr', 'rc', 'SNAPSHOT']) {
    test(`${word} alone is a pre-release`, () => {
      assert.notEqual(versionOf(`1.2.3-${word}`).prerelease, undefined);
    });
  }

  for (const word of ['a', 'b', 'm', 'c', 'dev', 'nightly', 'canary', 'unstable', 'edge', 'next']) {
    test(`${word} alone is another kind of image`, () => {
      const { prerelease, variant } = versionOf(`1.2.3-${word}`);
      assert.deepEqual([prerelease, variant], [undefined, `-${word}`]);
    });
  }

  for (const word of 'r rev revision ls build p pl u post k3s rke2r eksbuild gke eks'.split(' ')) {
    test(`${word} and a number counts rebuilds`, () => {
      const { builds, variant, prerelease } = versionOf(`1.2.3-${word}10`);
      assert.deepEqual([builds, variant, prerelease], [[{ label: `-${word}`, number: '10' }], '', undefined]);
    });
  }

  for (const word of ['security', 'hotfix']) {
    test(`${word} and a number is a later rebuild that may be absent`, () => {
      for (const tail of [`${word}2`, `${word}-2`, `${word}-02`]) {
        const { hotfix, builds, variant } = versionOf(`1.2.3-${tail}`);
        assert.deepEqual([hotfix, builds, variant], ['2', [], ''], tail);
      }
    });
  }

  for (const word of ['Final', 'GA', 'RELEASE', 'stable']) {
    test(`${word} only says that a version is final`, () => {
      const { neutral, variant, prerelease } = versionOf(`1.2.3.${word}`);
      assert.deepEqual([neutral, variant, prerelease], [word, '', undefined]);
    });
  }

  test('a channel whose tag is pushed again and again floats, and another kind of image does not', () => {
    for (const word of ['nightly', 'edge', 'canary', 'unstable', 'next'])
      assert.ok(isFloating(`1.2.3-${word}`), word);
    for (const word of ['dev', 'alpine', 'stable']) assert.ok(!isFloating(`1.2.3-${word}`), word);
  });
});
