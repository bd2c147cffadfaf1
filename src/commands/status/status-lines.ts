import { formatDuration } from '../../model/duration.ts';
import { shortDigest } from '../short-image.ts';
import { stateColours, stateText } from '../state-text.ts';
import { paint, wrap } from '../text-table.ts';
import type { TrackedReport, UpdateReport } from '../tracked/tracked-report.ts';

const labelWidth = 11;

/** Everything that is known of one container, for people, in lines of at most 100 columns. */
export function statusLines(report: TrackedReport, colour: boolean): readonly string[] {
  const { workload, container, state, reason, running, asked, lastUpdate } = report;
  const { kind, namespace, name } = workload;
  const title = `${kind} ${namespace}/${name}, container ${container}`;
  const optional = (label: string, text: string | null) => (text === null ? [] : labelled(label, text));
  const verdict = state === null || reason === null ? 'nothing was told yet' : stateText(state, reason);
  const status = labelled('status', verdict);
  return [
    paint(title, colour ? 'bold' : undefined),
    ...optional('image', report.image),
    ...status.map((line) => paint(line, colour && state !== null ? stateColours[state] : undefined)),
    ...optional('because', report.message),
    ...optional('candidate', report.candidate),
    ...optional('opens', report.opensAt),
    ...optional('latest', report.latest),
    ...running.flatMap((digest) => labelled('runs', digest)),
    ...(asked.hold ? labelled('held', 'by a person; plimsoll resume ends it') : []),
    ...optional('approved', asked.approve),
    ...(asked.skip.length > 0 ? labelled('skipped', asked.skip.join(', ')) : []),
    ...report.rejected.flatMap(({ tag, digest, at, message }) =>
      labelled('rejected', `${tag} (${digest}) at ${at}: ${message}`),
    ),
    ...report.reverts.flatMap(({ manager, image, at }) =>
      labelled('reverted', `to ${image} by ${manager} at ${at}`),
    ),
    ...(lastUpdate ? labelled('last', updateText(lastUpdate)) : []),
  ];
}

function updateText({ from, to, at, outcome, seconds }: UpdateReport): string {
  const took = seconds === null ? '' : ` after ${formatDuration(seconds * 1_000)}`;
  return `${from} -> ${to} at ${at}: ${outcome}${took}`;
}

function labelled(label: string, text: string): readonly string[] {
  return wrap(label.padEnd(labelWidth) + shortDigest(text), ' '.repeat(labelWidth));
}
