import type { TrackedImage } from '../../model/tracked-image.ts';
import { shortDigest } from '../short-image.ts';
import { stateText } from '../state-text.ts';
import type { Outcome, Wish } from './ask.ts';

/** How a wish ended, as one line for people without the container's name, and whether that is well. */
export function outcomeText(
  outcome: Outcome,
  seen: TrackedImage,
  { text }: Pick<Wish, 'text'>,
): { readonly well: boolean; readonly line: string } {
  switch (outcome.kind) {
    case 'refused':
      return { well: false, line: outcome.message };
    case 'written':
      return { well: true, line: `${text} is written, and not waited for` };
    case 'late':
      return { well: false, line: `${text} is written, and nobody answered in time; ${whoIsAway(seen)}` };
    case 'answered': {
      const { answer, image } = outcome;
      return { well: answer.well, line: shortDigest(`${answer.text}; ${verdict(image)}`) };
    }
  }
}

function whoIsAway({ ref: { workload } }: TrackedImage): string {
  const command = 'kubectl get pods -A -l app.kubernetes.io/name=plimsoll';
  return `see that the controller runs (${command}) and works in namespace ${workload.namespace}: it obeys as soon as it is back`;
}

function verdict({ status }: TrackedImage): string {
  if (!status) return 'nothing else was told yet';
  return `${stateText(status.state, status.reason)}: ${status.message}`;
}
