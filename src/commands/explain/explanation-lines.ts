import { shortDigest } from '../short-image.ts';
import { stateColours } from '../state-text.ts';
import { rejectMeanings } from '../../versioning/reject-reason.ts';
import { formatTable, paint, wrap } from '../text-table.ts';
import type { ContainerExplanation, TagExplanation, WorkloadExplanation } from './explanation.ts';

/** An explanation for people, in lines of at most 100 columns. */
export function explanationLines(
  { workload, containers, warnings }: WorkloadExplanation,
  colour: boolean,
): readonly string[] {
  const { kind, namespace, name } = workload;
  const told = warnings.flatMap((warning) => wrap(`warning: ${warning}`));
  if (containers.length === 0) {
    return [...told, `${kind} ${namespace}/${name} is not tracked: nobody gives it a policy`];
  }
  const parts = containers.map((container) => [
    paint(titleOf(workload, container), colour ? 'bold' : undefined),
    ...containerLines(container, colour),
  ]);
  return [...told, ...parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]))];
}

function titleOf(
  { kind, namespace, name }: WorkloadExplanation['workload'],
  { container }: ContainerExplanation,
): string {
  return `${kind} ${namespace}/${name}${container === '' ? '' : `, container ${container}`}`;
}

function containerLines(container: ContainerExplanation, colour: boolean): readonly string[] {
  const { image, state, reason, message, latest, candidate, policy, caveats, remedy } = container;
  const head = [
    ...(image === '' ? [] : wrap(`image      ${shortDigest(image)}`)),
    paint(`state      ${state}/${reason}`, colour ? stateColours[state] : undefined),
    ...wrap(`because    ${shortDigest(message)}`, '           '),
    // A command that is wrapped or shortened cannot be copied.
    ...(remedy === null ? [] : [`to allow   ${remedy}`]),
    ...(latest === null ? [] : [`latest     ${latest}`]),
    ...(candidate === null ? [] : [`candidate  ${shortDigest(candidate)}`]),
    ...caveats.flatMap((caveat) => wrap(`but        ${caveat.type}: ${caveat.message}`, '           ')),
  ];
  if (!policy) return head;
  const fields = policy.fields.map(({ field, value, from }) => ({
    cells: [field, value, from],
    colour: from === 'default' ? ('grey' as const) : undefined,
  }));
  return [
    ...head,
    '',
    ...formatTable(
      [
        { title: 'FIELD', most: 24 },
        { title: 'VALUE', most: 600, least: 20 },
        { title: 'FROM', most: 200, least: 20 },
      ],
      fields,
      colour,
    ),
    ...policy.warnings.flatMap((warning) => wrap(`warning: ${warning}`)),
    '',
    ...gateLines(container, colour),
    ...(container.tags ? ['', ...tagLines(container.tags, colour)] : []),
  ];
}

function gateLines({ gates }: ContainerExplanation, colour: boolean): readonly string[] {
  const rows = gates.map(({ gate, open, reason, message }) => ({
    cells: [gate, open ? 'open' : 'closed', open ? '' : `${reason}: ${message}`],
    colour: open ? undefined : ('yellow' as const),
  }));
  const columns = [
    { title: 'GATE', most: 16 },
    { title: 'STATE', most: 8 },
    { title: 'WHY', most: 200, least: 20 },
  ];
  return formatTable(columns, rows, colour);
}

function tagLines({ reasons }: TagExplanation, colour: boolean): readonly string[] {
  const rows = Object.entries(reasons).map(([tag, reason]) => {
    if (reason === 'chosen')
      return { cells: [tag, reason, 'is the newest that fits'], colour: 'green' as const };
    return { cells: [tag, reason, reason === 'current' ? 'is what stands there' : rejectMeanings[reason]] };
  });
  const columns = [
    { title: 'TAG', most: 128, least: 20 },
    { title: 'REASON', most: 16 },
    { title: 'MEANING', most: 60, least: 20 },
  ];
  return formatTable(columns, rows, colour);
}
