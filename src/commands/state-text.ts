import type { Reason, State } from '../model/reasons.ts';
import type { Colour } from './text-table.ts';

/** The colour of each state; what is as it should be has none. */
export const stateColours: Readonly<Partial<Record<State, Colour>>> = {
  UpdateAvailable: 'cyan',
  Updating: 'cyan',
  Held: 'yellow',
  Deferred: 'yellow',
  RolledBack: 'magenta',
  Error: 'red',
};

/** A state and its reason in one word: `Held/Suspended`, or `UpToDate` where the reason says no more. */
export function stateText(state: State, reason: Reason): string {
  return state === reason ? state : `${state}/${reason}`;
}
