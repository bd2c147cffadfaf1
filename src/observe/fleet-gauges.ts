import type { Clock } from '../model/ports.ts';
import { reasons, states } from '../model/reasons.ts';
import type { TrackedImage } from '../model/tracked-image.ts';
import { showContainers } from './container-gauges.ts';
import type { Instruments } from './instruments.ts';
import { LabelValues, mostNamespaces } from './label-values.ts';
import { versionStep, versionSteps } from './version-step.ts';

/** What gauges show at the moment of a scrape; read then and never kept, so that what is gone vanishes. */
export interface FleetView {
  readonly trackedImages: () => readonly TrackedImage[];
  readonly repositories: () => readonly RepositoryView[];
  readonly openRollouts: () => number;
  readonly informers: () => readonly InformerView[];
  /** Whether a registry is named by the operator, and so has series of its own however many there are. */
  readonly isNamedRegistry: (registry: string) => boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Whether each container that is behind has series of its own. */
  readonly containers: boolean;
}

/** One repository that is looked at, through whichever credential serves it worst. */
export interface RepositoryView {
  /** `docker.io/library/nginx`. */
  readonly name: string;
  /** The end of the last look that succeeded, in milliseconds since the epoch; undefined where none did. */
  readonly succeededAt: number | undefined;
  /** Milliseconds from that look to the next one, by schedule. */
  readonly interval: number;
}

/** One cache of one resource; there are several where only some namespaces are watched. */
export interface InformerView {
  readonly resource: string;
  readonly synced: boolean;
  readonly objects: number;
  /** When the API server last said something of it, else when watching began, in milliseconds of the monotonic clock. */
  readonly lastHeard: number;
}

const mostRepositories = 500;

/** Gauges of how many containers of a namespace something holds for. */
const counted: readonly {
  readonly name: string;
  readonly help: string;
  readonly holds: (tracked: TrackedImage) => boolean;
}[] = [
  {
    name: 'plimsoll_policy_invalid',
    help: 'Containers whose policy cannot be understood.',
    holds: ({ status }) => status?.reason === 'InvalidPolicy',
  },
  {
    name: 'plimsoll_policy_warnings',
    help: 'Containers whose policy is in force, and probably not what its author means.',
    holds: ({ conditions }) => conditions.some(({ type }) => type === 'PolicyWarning'),
  },
  {
    name: 'plimsoll_updates_awaiting_approval',
    help: 'Containers whose update waits for a person to approve it.',
    holds: ({ status }) => status?.reason === 'AwaitingApproval',
  },
];

/** Adds the gauges that are computed from what is there. */
export function showFleet(make: Instruments, view: FleetView): void {
  showStates(make, view);
  showCounted(make, view);
  showAvailable(make, view);
  showRepositories(make, view);
  showInformers(make, view);
  make.view('plimsoll_rollouts_in_progress', 'Rollouts of ours that are not complete.', [], (gauge) =>
    gauge.set(view.openRollouts()),
  );
  if (view.containers) showContainers(make, view);
}

function showStates(make: Instruments, { trackedImages }: FleetView): void {
  make.view('plimsoll_workload_containers', 'Tracked containers.', ['namespace', 'state'], (gauge) => {
    const counts = countByNamespace(trackedImages(), states, ({ status }) => status?.state);
    for (const { namespace, value: state, count } of counts) gauge.set({ namespace, state }, count);
  });
  make.view('plimsoll_gate_holds', 'Tracked containers that are held, by reason.', ['reason'], (gauge) => {
    for (const [reason, { state }] of Object.entries(reasons)) if (state === 'Held') gauge.set({ reason }, 0);
    for (const { status } of trackedImages())
      if (status?.state === 'Held') gauge.inc({ reason: status.reason });
  });
}

function showCounted(make: Instruments, { trackedImages }: FleetView): void {
  for (const { name, help, holds } of counted) {
    make.view(name, help, ['namespace'], (gauge) => {
      const valueOf = (tracked: TrackedImage) => (holds(tracked) ? 'yes' : undefined);
      const counts = countByNamespace(trackedImages(), ['yes'], valueOf);
      for (const { namespace, count } of counts) gauge.set({ namespace }, count);
    });
  }
}

function showAvailable(make: Instruments, { trackedImages }: FleetView): void {
  make.view(
    'plimsoll_updates_available',
    'Containers for which another image is chosen, applied or not, by the size of the step.',
    ['namespace', 'bump'],
    (gauge) => {
      const stepOf = ({ status }: TrackedImage) =>
        status?.candidate === undefined ? undefined : versionStep(status.image, status.candidate);
      const counts = countByNamespace(trackedImages(), versionSteps, stepOf);
      for (const { namespace, value: bump, count } of counts) gauge.set({ namespace, bump }, count);
    },
  );
}

/** How many containers of each namespace have each value. Counted here, since a gauge takes a microsecond for each step. */
function countByNamespace<T extends string>(
  fleet: readonly TrackedImage[],
  values: readonly T[],
  valueOf: (tracked: TrackedImage) => string | undefined,
): readonly { readonly namespace: string; readonly value: T; readonly count: number }[] {
  // Anew for each scrape: a namespace that is gone takes no series from one that has come since.
  const namespaces = new LabelValues(mostNamespaces);
  const counts = new Map<string, Map<string, number>>();
  for (const tracked of fleet) {
    const namespace = namespaces.of(tracked.ref.workload.namespace);
    const own = counts.get(namespace) ?? new Map<string, number>();
    counts.set(namespace, own);
    const value = valueOf(tracked);
    if (value !== undefined) own.set(value, (own.get(value) ?? 0) + 1);
  }
  return [...counts].flatMap(([namespace, own]) =>
    values.map((value) => ({ namespace, value, count: own.get(value) ?? 0 })),
  );
}

function showRepositories(make: Instruments, { repositories }: FleetView): void {
  make.view('plimsoll_repositories', 'Repositories that are looked at.', [], (gauge) =>
    gauge.set(repositories().length),
  );
  make.view(
    'plimsoll_repository_last_success_timestamp_seconds',
    'When the last look that succeeded ended; 0 where none did.',
    ['repository'],
    (gauge) => {
      for (const [repository, { succeededAt }] of stalest(repositories()))
        gauge.set({ repository }, (succeededAt ?? 0) / 1_000);
    },
  );
  make.view(
    'plimsoll_repository_interval_seconds',
    'Time from the last look that succeeded to the next one, by schedule.',
    ['repository'],
    (gauge) => {
      for (const [repository, { interval }] of stalest(repositories()))
        gauge.set({ repository }, interval / 1_000);
    },
  );
}

/** Repositories by label; of several that share one, the one whose last success is the longest ago. */
function stalest(all: readonly RepositoryView[]): ReadonlyMap<string, RepositoryView> {
  const named = new LabelValues(mostRepositories);
  const byLabel = new Map<string, RepositoryView>();
  for (const each of all) {
    const label = named.of(each.name);
    const known = byLabel.get(label);
    if (known === undefined || (each.succeededAt ?? 0) < (known.succeededAt ?? 0)) byLabel.set(label, each);
  }
  return byLabel;
}

/** A resource is synced when each of its caches is, and holds what all of them hold. */
function showInformers(make: Instruments, { informers, clock }: FleetView): void {
  make.view(
    'plimsoll_informer_synced',
    'Whether a resource was listed completely.',
    ['resource'],
    (gauge) => {
      for (const { resource } of informers()) gauge.set({ resource }, 1);
      for (const { resource, synced } of informers()) if (!synced) gauge.set({ resource }, 0);
    },
  );
  make.view('plimsoll_informer_objects', 'Objects in the cache.', ['resource'], (gauge) => {
    for (const { resource, objects } of informers()) gauge.inc({ resource }, objects);
  });
  make.view(
    'plimsoll_informer_last_event_timestamp_seconds',
    'When the API server last said something of a resource, bookmarks included.',
    ['resource'],
    (gauge) => {
      const started = clock.now() - clock.monotonic();
      const oldest = new Map<string, number>();
      for (const { resource, lastHeard } of informers())
        oldest.set(resource, Math.min(lastHeard, oldest.get(resource) ?? lastHeard));
      for (const [resource, heard] of oldest) gauge.set({ resource }, (started + heard) / 1_000);
    },
  );
}
