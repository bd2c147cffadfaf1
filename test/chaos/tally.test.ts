import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tally } from './tally.ts';

describe('the tally of a chaos run', () => {
  it('says how often something happened, and of how many times where some met nothing', () => {
    const tally = new Tally();
    tally.add('watches cut', true);
    tally.add('leader killed', true);
    tally.add('leader killed', false);
    assert.deepEqual(tally.lines, ['leader killed  1 of 2', 'watches cut    1']);
  });

  it('misses what was never asked for, and what never met anything', () => {
    const tally = new Tally();
    tally.add('watches cut', true);
    tally.add('leader killed', false);
    const names = ['watches cut', 'leader killed', 'leader stopped', 'leader stopped'];
    assert.deepEqual(tally.missing(names), ['leader killed', 'leader stopped']);
  });
});
