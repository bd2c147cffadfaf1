import { at, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { ageOf } from './human-duration.ts';
import { ageColumn, type Column, column, nameColumn } from './table-columns.ts';

/** The table of Pods. */
export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready', readyContainers),
  column('Status', podStatus),
  column('Restarts', restarts),
  ageColumn,
  column('IP', (pod) => textAt(pod, 'status', 'podIP') ?? '<none>', 1),
  column('Node', (pod) => textAt(pod, 'spec', 'nodeName') ?? '<none>', 1),
  column('Nominated Node', () => '<none>', 1),
  column('Readiness Gates', () => '<none>', 1),
];

function readyContainers(pod: JsonObject): string {
  const ready = listAt(pod, 'status', 'containerStatuses').filter((status) => at(status, 'ready') === true);
  return `${ready.length}/${listAt(pod, 'spec', 'containers').length}`;
}

/** What a person wants to know first: why a container does not run, else the phase. */
function podStatus(pod: JsonObject): string {
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  const stuckInit = listAt(pod, 'status', 'initContainerStatuses').map(trouble).find(Boolean);
  if (stuckInit !== undefined) return `Init:${stuckInit}`;
  const stuck = listAt(pod, 'status', 'containerStatuses').map(trouble).find(Boolean);
  return stuck ?? textAt(pod, 'status', 'reason') ?? textAt(pod, 'status', 'phase') ?? '';
}

function trouble(status: unknown): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting !== undefined) return waiting === 'PodInitializing' ? undefined : waiting;
  const ended = at(status, 'state', 'terminated');
  if (ended === undefined || numberAt(ended, 'exitCode') === 0) return undefined;
  return textAt(ended, 'reason') ?? `ExitCode:${numberAt(ended, 'exitCode') ?? 0}`;
}

function restarts(pod: JsonObject, now: number): string {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const count = statuses.reduce<number>((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0);
  const last = statuses
    .flatMap((status) => textAt(status, 'lastState', 'terminated', 'finishedAt') ?? [])
    .sort()
    .at(-1);
  return count === 0 || last === undefined ? String(count) : `${count} (${ageOf(last, now)} ago)`;
}
