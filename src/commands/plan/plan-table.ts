import { parseImageReference } from '../../model/image-reference.ts';
import type { State } from '../../model/reasons.ts';
import type { ContainerReport } from '../preview/container-report.ts';
import { type Colour, formatTable, wrap } from '../text-table.ts';
import { isFailing, type Plan } from './plan-report.ts';

/** The colour of each state; what is as it should be has none. */
export const stateColours: Readonly<Partial<Record<State, Colour>>> = {
  UpdateAvailable: 'cyan',
  Updating: 'cyan',
  Held: 'yellow',
  Deferred: 'yellow',
  RolledBack: 'magenta',
  Error: 'red',
};

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
    .flatMap((report) => wrap(`${nameOf(report)} ${report.container}: ${report.message}`, '  '));
  const { updates, held, failing } = summary;
  return [
    ...(rows.length > 0 ? [...formatTable(columns, rows, colour), ''] : []),
    ...(notes.length > 0 ? [...notes, ''] : []),
    ...warnings.flatMap((warning) => wrap(`warning: ${warning}`)),
    `${summary.containers} containers followed: ${updates} to update, ${held} held, ${failing} failing`,
  ];
}

/** The last part of the name, with its tag and the beginning of its digest. */
function shortImage(image: string): string {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return image;
  const { name, tag, digest } = parsed.value;
  const last = name.slice(name.lastIndexOf('/') + 1);
  return shortDigest(
    `${last}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  );
}

/** A digest is cut to twelve digits, as people compare them. */
export function shortDigest(text: string): string {
  return text.replaceAll(
    /@?sha(256|512):([0-9a-f]{12})[0-9a-f]+/g,
    (whole, bits: string, digits: string) => `${whole.startsWith('@') ? '@' : ''}sha${bits}:${digits}`,
  );
}
