import type { WorkloadSight } from './scene.ts';

const columns = [
  { title: 'WORKLOAD', width: 9, of: ({ name }: WorkloadSight) => name },
  { title: 'IMAGE', width: 38, of: ({ image }: WorkloadSight) => shortImage(image) },
  { title: 'LATEST', width: 14, of: ({ latest }: WorkloadSight) => latest },
  { title: 'STATE', width: 15, of: ({ state }: WorkloadSight) => state },
  { title: 'REASON', width: 18, of: ({ reason }: WorkloadSight) => reason },
] as const;

const colours: Readonly<Record<string, number>> = {
  UpToDate: 32,
  UpdateAvailable: 36,
  Updating: 36,
  Held: 33,
  Deferred: 33,
  RolledBack: 35,
  Error: 31,
};

/** The fleet as lines of at most 98 columns, a heading first. `colour`: with the escape codes of a terminal. */
export function fleetTable(fleet: readonly WorkloadSight[], colour: boolean): readonly string[] {
  const heading = columns
    .map(({ title, width }) => title.padEnd(width))
    .join(' ')
    .trimEnd();
  const rows = fleet.map((sight) => {
    const row = columns
      .map(({ of, width }) => fit(of(sight), width))
      .join(' ')
      .trimEnd();
    const code = colours[sight.state];
    return colour && code !== undefined ? `\u001b[${code}m${row}\u001b[0m` : row;
  });
  return [colour ? `\u001b[1m${heading}\u001b[0m` : heading, ...rows];
}

/** A digest is cut to twelve digits, as people compare them. */
function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

function fit(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}
