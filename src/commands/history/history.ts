import { formatDuration } from '../../model/duration.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { RolloutOutcome, TrackedImage } from '../../model/tracked-image.ts';
import { shortDigest, shortImage } from '../short-image.ts';
import { type Colour, formatTable } from '../text-table.ts';
import { workloadName } from '../tracked/tracked-lookup.ts';
import {
  type TrackedReport,
  reportTracked,
  reportUpdate,
  type UpdateReport,
} from '../tracked/tracked-report.ts';
import { showCommand } from '../tracked/show-command.ts';

/** One update with the container that it changed, as `-o json` prints it. */
type Entry = Pick<TrackedReport, 'workload' | 'container'> & UpdateReport;

/** `plimsoll history`: the updates that were written, and how they ended. */
export const historyCommand = showCommand({
  name: 'history',
  purpose:
    'Lists the updates that were written, newest first, and how they ended: the last ten of each container, of a namespace or of one workload.',
  examples: [
    { what: 'what was written to one workload, and how it ended', line: 'history deployment/web' },
    { what: 'the updates of a whole cluster, for a program', line: 'history -A -o json' },
  ],
  watchable: false,
  data: (images) => ({ updates: entriesOf(images) }),
  lines: (images, { everywhere, colour }) => {
    const entries = entriesOf(images);
    if (entries.length === 0) return ['no update was written yet'];
    const columns = [
      { title: 'AT', most: 20 },
      { title: 'WORKLOAD', most: 120, least: 22 },
      { title: 'CONTAINER', most: 63, least: 9 },
      { title: 'FROM', most: 200, least: 12 },
      { title: 'TO', most: 200, least: 12 },
      { title: 'OUTCOME', most: 21 },
      { title: 'TOOK', most: 12 },
    ];
    return formatTable(
      columns,
      entries.map((entry) => ({ cells: cellsOf(entry, everywhere), colour: outcomeColours[entry.outcome] })),
      colour,
    );
  },
});

const outcomeColours: Readonly<Partial<Record<RolloutOutcome, Colour>>> = {
  InProgress: 'cyan',
  Failed: 'red',
  RolledBack: 'magenta',
  AppliedPendingRestart: 'yellow',
};

function entriesOf(images: readonly TrackedImage[]): readonly Entry[] {
  const entries = images.flatMap((image) => {
    const { workload, container } = reportTracked(image);
    return (image.status?.history ?? []).map((entry) => ({ workload, container, ...reportUpdate(entry) }));
  });
  return entries.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function cellsOf(entry: Entry, everywhere: boolean): readonly string[] {
  const { workload, container, from, at, outcome, seconds } = entry;
  return [
    `${new Date(at).toISOString().slice(0, 19)}Z`,
    `${everywhere ? `${workload.namespace}/` : ''}${workloadName(workload)}`,
    container,
    shortImage(from),
    shortTarget(entry),
    outcome,
    seconds === null ? '' : formatDuration(seconds * 1_000),
  ];
}

/** The tag alone where the repository stays. A restart leaves the reference as it was: only the digest tells what changed. */
function shortTarget({ from, to, digest }: Entry): string {
  const target = from === to && digest !== null ? `${to}@${digest}` : to;
  const [before, after] = [parseImageReference(from), parseImageReference(target)];
  if (!before.ok || !after.ok || before.value.name !== after.value.name) return shortImage(target);
  return shortDigest([after.value.tag, after.value.digest].filter((part) => part !== undefined).join('@'));
}
