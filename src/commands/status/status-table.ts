import type { State } from '../../model/reasons.ts';
import { shortDigest, shortImage } from '../short-image.ts';
import { stateColours } from '../state-text.ts';
import { formatTable, type Row, wrap } from '../text-table.ts';
import { workloadName } from '../tracked/tracked-lookup.ts';
import type { TrackedReport } from '../tracked/tracked-report.ts';

const columns = [
  { title: 'WORKLOAD', most: 120, least: 24 },
  { title: 'CONTAINER', most: 63, least: 9 },
  { title: 'IMAGE', most: 200, least: 14 },
  { title: 'CANDIDATE', most: 150, least: 9 },
  { title: 'LATEST', most: 128, least: 8 },
  { title: 'REASON', most: 24 },
];

/** States of which people want to know why. */
const told: readonly State[] = ['Held', 'RolledBack', 'Deferred', 'Error'];

/** What is tracked, for people: a table, then why anything is not as it should be, then a sum. `everywhere`: with namespaces. */
export function statusTable(
  reports: readonly TrackedReport[],
  { everywhere, colour }: { readonly everywhere: boolean; readonly colour: boolean },
): readonly string[] {
  const nameOf = ({ workload }: TrackedReport) =>
    `${everywhere ? `${workload.namespace}/` : ''}${workloadName(workload)}`;
  const rows = reports.map((report): Row => {
    const { container, image, candidate, latest, state, reason } = report;
    return {
      cells: [
        nameOf(report),
        container,
        shortImage(image ?? ''),
        shortDigest(candidate ?? ''),
        latest ?? '',
        reason ?? '',
      ],
      colour: state === null ? undefined : stateColours[state],
    };
  });
  const notes = reports
    .filter(({ state }) => state !== null && told.includes(state))
    .flatMap((report) =>
      wrap(`${nameOf(report)} ${report.container}: ${shortDigest(report.message ?? '')}`, '  '),
    );
  return [
    ...formatTable(columns, rows, colour),
    '',
    ...(notes.length > 0 ? [...notes, ''] : []),
    sum(reports),
  ];
}

function sum(reports: readonly TrackedReport[]): string {
  const count = (...states: readonly State[]) =>
    reports.filter(({ state }) => state !== null && states.includes(state)).length;
  const parts = [
    `${count('UpToDate')} up to date`,
    `${count('UpdateAvailable', 'Updating')} updating`,
    `${count('Held')} held`,
    `${count('RolledBack')} rolled back`,
    `${count('Deferred', 'Error')} failing`,
  ];
  return `${reports.length} containers: ${parts.join(', ')}`;
}
