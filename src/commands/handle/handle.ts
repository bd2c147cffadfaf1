import type { CommandFlag, Given } from '../flags.ts';
import type { Example } from '../help.ts';
import type { Wish } from './ask.ts';

/** A command by which people steer a tracked container. */
export interface Handle {
  readonly name: string;
  /** What follows `KIND/NAME` on the command line, for the help: `TAG …`. */
  readonly words: string;
  /** Which images {@link Handle.words} may name, so that a shell can complete them; none where left out. */
  readonly image?: 'candidate' | 'past image';
  readonly purpose: string;
  readonly examples: readonly Example[];
  /** Flags of its own. */
  readonly flags: readonly CommandFlag[];
  /** Whether it speaks of an image, and so of one container; the others speak of all containers of the workload. */
  readonly single: boolean;
  /** Reads what follows `KIND/NAME`; or one line that says what is wrong with it. `now`: RFC 3339, UTC. */
  readonly read: (words: readonly string[], flags: Given['flags'], now: string) => Wish | string;
}

/** For a handle that takes no words. */
export function unexpected([word]: readonly string[]): string | undefined {
  return word === undefined ? undefined : `what is ${JSON.stringify(word)}? Name one workload as KIND/NAME`;
}
