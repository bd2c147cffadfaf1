import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findExcess, findGrowth, growthOf } from './memory.ts';

/** MiB by the second. */
function series(seconds: number, at: (second: number) => number): readonly number[] {
  return Array.from({ length: seconds }, (_, second) => Math.round(at(second)));
}

const flat = series(120, (second) => 110 + (second % 3));

describe('the memory of the controllers of a chaos run', () => {
  it('may be flat, and larger for a leader who has just begun', () => {
    const begun = series(120, (second) => (second < 15 ? 80 + 2 * second : 110));
    for (const weighed of [begun, flat]) {
      const held = [{ always: weighed, asLeader: weighed }];
      assert.deepEqual([...findExcess(held), ...findGrowth(held)], []);
    }
  });

  it('may not be more than a fixed limit at any time', () => {
    const once = [...flat, 300, ...flat];
    assert.deepEqual(findExcess([{ always: once, asLeader: [] }]), ['300 MiB, at most 256']);
  });

  it('may not grow for ever', () => {
    const leaking = series(120, (second) => 100 + second / 2);
    const [line] = findGrowth([{ always: leaking, asLeader: leaking }]);
    assert.match(line ?? '', /^(29|30)(\.\d)? MiB more every minute, at most 15$/);
  });

  it('is no trend before a minute has passed', () => {
    assert.equal(growthOf(flat.slice(0, 79)), undefined);
    assert.equal(typeof growthOf(flat.slice(0, 80)), 'number');
  });
});
