import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followsDigest, isFloating } from '../../../src/versioning/floating.ts';
import { policyOf } from './policies.ts';

const floating = [
  'latest',
  'alpine',
  '1',
  '1.5',
  '1.5-alpine',
  'v1',
  '999',
  '2024.1',
  '1.2.3-nightly',
  '3.20.0-alpine-edge',
];
const moving = ['1.2.3-SNAPSHOT', '18.04', '16rc1', 'bookworm-slim', 'jdk-21-glibc'];
const fixed = [
  '1.2.3',
  '1.2.3-alpine',
  '1.2.3-dev',
  '20240101',
  '2024-07-21',
  '1000',
  '20240721.3',
  '1234.5',
  '1.5-r1',
  '17.0_7',
  '8u292-b10-jdk',
];
const named = [
  'alpine-a1b2c3d',
  'alpine-20260122',
  'sha-9f8e7d6',
  'a1b2c3d',
  '1.2.3-SNAPSHOT-20240101',
  'x.sig',
  'a+b',
  '2024',
];

for (const tag of [...floating, ...moving]) {
  test(`${tag} floats: it is meant to be pushed again`, () => {
    assert.equal(isFloating(tag), true);
  });
}

for (const tag of [...fixed, ...named]) {
  test(`${tag} does not float: it names one image`, () => {
    assert.equal(isFloating(tag), false);
  });
}

test('under digest: auto floating tags are followed, full versions are not, and policy digest follows any', () => {
  const { rule: minor } = policyOf('minor');
  assert.equal(followsDigest('1.5', minor, 'auto'), true);
  assert.equal(followsDigest('1.5.2', minor, 'auto'), false);
  assert.equal(followsDigest('1.5.2', policyOf('digest').rule, 'auto'), true);
});

test('follow, hold and ignore decide for any tag, and policy none follows nothing', () => {
  for (const tag of ['latest', '1.2.3']) {
    assert.equal(followsDigest(tag, policyOf('minor').rule, 'follow'), true);
    assert.equal(followsDigest(tag, policyOf('minor').rule, 'hold'), false);
    assert.equal(followsDigest(tag, policyOf('digest').rule, 'ignore'), false);
    assert.equal(followsDigest(tag, policyOf('none').rule, 'follow'), false);
  }
});

test('where a policy counts, a small number is a serial of its own', () => {
  assert.equal(followsDigest('100', policyOf('numeric').rule, 'auto'), false);
  assert.equal(followsDigest('main-2', policyOf('newest').rule, 'auto'), false);
  assert.equal(followsDigest('main-2', policyOf('glob:main-*').rule, 'auto', 'created'), false);
  assert.equal(followsDigest('main-2', policyOf('glob:main-*').rule, 'auto'), true);
  assert.equal(followsDigest('latest', policyOf('newest').rule, 'auto'), true);
});
