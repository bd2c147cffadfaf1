import type { ContainerReport } from '../preview/container-report.ts';
import { shortDigest, shortImage } from '../short-image.ts';
import { stateColours } from '../state-text.ts';
import { formatTable, wrap } from '../text-table.ts';
import { isFailing, type Plan } from './plan-report.ts';

const columns = [
  { title: 'WORKLOAD', most: 120, least: 16 },
  { title: 'CONTAINER', most: 63, least: 9 },
  { title: 'IMAGE', most: 200, least: 14 },
  { title: 'POLICY', most: 40, least: 8 },
  { title: 'UPDATE', most: 150, least: 12 },
  { title: 'REASON', most: 24 },
];

/** A plan for people: a table, then why anything is held or failing, then what could not be looked at. */
export function planLines({ containers, summary, warnings }: Plan, colour: boolean): readonly string[] {
  const severalNamespaces = new Set(containers.map(({ workload }) => workload.namespace)).size > 1;
  const nameOf = ({ workload: { kind, namespace, name } }: ContainerReport) =>
    `${severalNamespaces ? `${namespace}/` : ''}${kind.toLowerCase()}/${name}`;
  const rows = containers.map((report) => ({
    cells: [
      nameOf(report),
      report.container,
      shortImage(report.image),
      report.policy?.text ?? '',
      shortDigest(report.candidate ?? ''),
      report.reason,
    ],
    colour: stateColours[report.state],
  }));
  const notes = containers
    .filter((report) => report.state === 'Held' || isFailing(report))
    .flatMap((report) => [
      ...wrap(`${`${nameOf(report)} ${report.container}`.trimEnd()}: ${report.message}`, '  '),
      // A command that is wrapped cannot be copied.
      ...(report.remedy === null ? [] : [`  to allow it: ${report.remedy}`]),
    ]);
  const { updates, held, failing } = summary;
  return [
    ...(rows.length > 0 ? [...formatTable(columns, rows, colour), ''] : []),
    ...(notes.length > 0 ? [...notes, ''] : []),
    ...warnings.flatMap((warning) => wrap(`warning: ${warning}`)),
    `${followed(summary.containers)}: ${updates} to update, ${held} held, ${failing} failing`,
  ];
}

function followed(containers: number): string {
  return containers === 1 ? '1 container followed' : `${containers} containers followed`;
}
