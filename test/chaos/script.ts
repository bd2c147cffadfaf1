import { Random } from './random.ts';

/** Something that is to happen. */
export interface Cue {
  readonly name: string;
  /** Milliseconds after the beginning; later where what comes before it on the same track is not over by then. */
  readonly at: number;
  /** Draws everything else about it. */
  readonly seed: number;
}

/** What happens one after the other. */
export interface Track {
  /** What can happen; a name that stands twice happens twice as often. */
  readonly names: readonly string[];
  readonly perMinute: number;
}

/**
 * Writes what happens on each track in so many milliseconds, by a seed alone. Everything on a track happens once before
 * anything happens again, so a track with as many cues as names leaves nothing out.
 */
export function writeScript(
  tracks: readonly Track[],
  { seed, duration }: { readonly seed: number; readonly duration: number },
): readonly (readonly Cue[])[] {
  const random = new Random(seed);
  return tracks.map((track, index) => writeTrack(track, duration, random.part(index)));
}

function writeTrack({ names, perMinute }: Track, duration: number, random: Random): readonly Cue[] {
  const count = Math.ceil((perMinute * duration) / 60_000);
  const rounds = Math.ceil(count / names.length);
  const dealt = Array.from({ length: rounds }, () => random.shuffled(names)).flat();
  return dealt.slice(0, count).map((name, index) => ({
    name,
    at: Math.round((index * duration) / count),
    seed: random.below(2 ** 32),
  }));
}
