import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { act, actNames, type Hands } from './acts.ts';
import { slotOf } from './fleet.ts';
import { Random } from './random.ts';
import { type Cue, type Track, writeScript } from './script.ts';
import { faultTracks } from './weather.ts';

const minute = 60_000;
const tracks: readonly Track[] = [{ names: actNames, perMinute: 600 }, ...faultTracks];

/** Hands that find every workload and write down what they are to do. */
function recordingHands(): { readonly hands: Hands; readonly done: readonly string[] } {
  const done: string[] = [];
  const tags = new Map<string, string[]>();
  const note = async (...what: readonly unknown[]): Promise<true> => {
    done.push(JSON.stringify(what));
    return true;
  };
  const hands: Hands = {
    slots: Array.from({ length: 40 }, (_, index) => slotOf(index)),
    tags: (repository) => tags.get(repository) ?? [],
    async push(repository, tag, content) {
      tags.set(repository, [...(tags.get(repository) ?? []), tag]);
      await note('push', repository, tag, content);
    },
    read: async ({ repository }) => ({
      spec: { template: { spec: { containers: [{ image: `${repository}:1.3.5` }] } } },
    }),
    setImage: ({ name }, tag, tool) => note('image', name, tag, tool),
    edit: ({ name }, change) => note('edit', name, change),
    // The time is no draw.
    handle: ({ name }, spec) => note('handle', name, Object.keys(spec)),
    remove: ({ name }) => note('remove', name),
    create: ({ name }) => note('create', name),
  };
  return { hands, done };
}

async function play(cues: readonly Cue[]): Promise<readonly string[]> {
  const { hands, done } = recordingHands();
  for (const { name, seed } of cues) await act(name, hands, new Random(seed));
  return done;
}

describe('the script of a chaos run', () => {
  it('is the same for the same seed, and another one for another', () => {
    const script = writeScript(tracks, { seed: 7, duration: minute });
    assert.deepEqual(writeScript(tracks, { seed: 7, duration: minute }), script);
    assert.notDeepEqual(writeScript(tracks, { seed: 8, duration: minute }), script);
  });

  it('has the same people do the same again for the same seed', async () => {
    const acts = (seed: number): readonly Cue[] => writeScript(tracks, { seed, duration: minute })[0] ?? [];
    const first = await play(acts(7));
    assert.ok(first.length >= 600, `${first.length} changes`);
    assert.deepEqual(await play(acts(7)), first);
    assert.notDeepEqual(await play(acts(8)), first);
  });

  it('leaves nothing out in a minute, whatever the seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const script = writeScript(tracks, { seed, duration: minute });
      for (const [index, { names }] of tracks.entries()) {
        const dealt = new Set(script[index]?.map(({ name }) => name));
        assert.deepEqual([...dealt].toSorted(), [...new Set(names)].toSorted());
      }
    }
  });

  it('lets nothing come again before everything else has come', () => {
    const [cues = []] = writeScript([{ names: ['a', 'b', 'c'], perMinute: 3 }], {
      seed: 1,
      duration: 4 * minute,
    });
    const names = cues.map(({ name }) => name);
    for (let round = 0; round < 12; round += 3) {
      assert.deepEqual(names.slice(round, round + 3).toSorted(), ['a', 'b', 'c']);
    }
    assert.equal(names.length, 12);
  });

  it('spreads a track over the whole time', () => {
    const [cues = []] = writeScript([{ names: ['a', 'b'], perMinute: 2 }], { seed: 1, duration: minute });
    assert.deepEqual(
      cues.map(({ at }) => at),
      [0, 30_000],
    );
  });
});
