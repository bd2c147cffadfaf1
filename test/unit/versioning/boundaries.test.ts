import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { explainTags } from '../../../src/versioning/select.ts';
import { policyOf } from './policies.ts';

/** What becomes of one tag under `major`, at the last value of a rule and at the first beyond it. */
const boundaries: Readonly<
  Record<string, readonly (readonly [current: string, tag: string, reason: string])[]>
> = {
  'a jump of the first number': [
    ['1.0.0', '501.0.0', 'chosen'],
    ['1.0.0', '502.0.0', 'tooFar'],
    ['999', '1499', 'chosen'],
    ['999', '1500', 'tooFar'],
    ['1000', '1501', 'chosen'],
  ],
  'how many numbers a release has': [
    ['1.2.3.4.5.6', '1.2.3.4.5.7', 'chosen'],
    ['1.2.3.4.5.6', '1.2.3.4.5.6.7', 'word'],
    ['1.2.3.4.5.6.7', '1.2.3.4.5.6.8', 'word'],
  ],
  'how rebuilds are numbered': [
    ['1.2.3-r1', '1.2.3-r2', 'chosen'],
    ['1.2.3-r1', '1.2.4', 'build'],
    ['1.2.3', '1.2.4-r1', 'build'],
    ['1.2.3-r1', '1.2.4-r1-2', 'build'],
    ['1.2.3-r1-2', '1.2.4-r1', 'build'],
    ['1.2.3-r1-2', '1.2.3-r1-3', 'chosen'],
    ['1.2.3-1', '1.2.3_2', 'build'],
  ],
  'the years that software was numbered by': [
    ['1990.1', '1991.1', 'chosen'],
    ['1989.1', '1990.1', 'scheme'],
    ['2099.1', '2100.1', 'chosen'],
    ['2100.1', '2101.1', 'scheme'],
  ],
  'what a time of day is': [
    ['20240721235959', '20240722000000', 'chosen'],
    ['20240721235959', '20240722240000', 'scheme'],
    ['20240721235959', '20240722006000', 'scheme'],
  ],
  'which words before a version are one': [
    ['1.2.3', 'V1.3.0', 'chosen'],
    ['V1.2.3', 'v1.3.0', 'chosen'],
    ['v1.2.3', 'ver1.3.0', 'prefix'],
    ['v1.2.3', 'v-1.3.0', 'prefix'],
  ],
  'how long a commit id is': [
    ['1.2.3', 'abcde1', 'prefix'],
    ['1.2.3', 'abcde12', 'commit'],
    ['1.2.3', `a${'1'.repeat(63)}`, 'commit'],
    ['1.2.3', `a${'1'.repeat(64)}`, 'prefix'],
    ['1.2.3', '1.2.4-2-gabcdef0', 'commit'],
    ['1.2.3', '1.2.4-2-gabcdef', 'variant'],
  ],
};

suite('the boundaries of the rules', () => {
  for (const [rule, examples] of Object.entries(boundaries)) {
    for (const [current, tag, reason] of examples) {
      test(`${rule}: beside ${current}, ${tag} is ${reason}`, () => {
        const explained = explainTags({ current, policy: policyOf('major'), tags: [tag] });
        assert.equal(explained.ok && explained.value.reasons.get(tag), reason);
      });
    }
  }
});
