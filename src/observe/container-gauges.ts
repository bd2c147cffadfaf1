import type { TrackedImage } from '../model/tracked-image.ts';
import type { FleetView } from './fleet-gauges.ts';
import type { Instruments } from './instruments.ts';
import { versionStep } from './version-step.ts';

/** A candidate, and since when it was seen, in milliseconds since the epoch. */
interface Waiting {
  readonly candidate: string;
  readonly since: number;
}

/** More series than this are no help to anybody. */
const mostContainers = 5_000;

/** Adds one series for each container that is behind, for whoever asked for them. */
export function showContainers(make: Instruments, view: FleetView): void {
  const labels = ['namespace', 'kind', 'workload', 'container', 'bump'];
  make.view(
    'plimsoll_container_update_available',
    'A container for which another image is chosen, applied or not.',
    labels,
    (gauge) => {
      for (const tracked of behind(view)) gauge.set(labelsOf(tracked), 1);
    },
  );
  let waiting: ReadonlyMap<string, Waiting> = new Map();
  make.view(
    'plimsoll_container_version_age_seconds',
    'For how long the chosen image has been known: since its first sight where min-age remembers it, else since this process saw it.',
    labels,
    (gauge) => {
      const now = view.clock.now();
      const seen = new Map<string, Waiting>();
      for (const tracked of behind(view)) {
        const known = waiting.get(tracked.uid);
        const candidate = tracked.status?.candidate ?? '';
        const since = known?.candidate === candidate ? known.since : now;
        seen.set(tracked.uid, { candidate, since });
        gauge.set(labelsOf(tracked), (now - (firstSeen(tracked) ?? since)) / 1_000);
      }
      waiting = seen;
    },
  );
}

function behind({ trackedImages }: FleetView): readonly TrackedImage[] {
  return trackedImages()
    .filter(({ status }) => status?.candidate !== undefined)
    .slice(0, mostContainers);
}

function labelsOf({ ref, status }: TrackedImage): Record<string, string> {
  const { namespace, kind, name } = ref.workload;
  const bump = versionStep(status?.image ?? '', status?.candidate ?? '');
  return { namespace, kind, workload: name, container: ref.container, bump };
}

function firstSeen({ status }: TrackedImage): number | undefined {
  const [tag, digest] = (status?.candidate ?? '').split('@');
  const entry = status?.pending?.find((each) => each.tag === tag && (digest ?? each.digest) === each.digest);
  const time = Date.parse(entry?.firstSeen ?? '');
  return Number.isNaN(time) ? undefined : time;
}
