import { isAlive, type PodContainer, type PodView } from '../kube/pods.ts';
import { containerTrouble, mostEndings, type Trouble } from './container-trouble.ts';
import { type Followed, podsOfUpdate } from './new-revision.ts';

/** Why a pod of the new revision does not come up; the message is one clause: `pod web-1: app cannot be pulled: … not found`. */
export interface PodTrouble extends Trouble {
  readonly container: string;
}

const longestMessage = 400;

/**
 * The worst trouble of the pods that an update of ours brought, in the containers that it changed: what is definite first.
 * Pods of the old revision, and what is wrong with containers that stayed as they were, do not count. A container that
 * crashes in one pod while it is well in another pod of the same revision is not definite: the node may be to blame.
 */
export function findTrouble(pods: readonly PodView[], followed: readonly Followed[]): PodTrouble | undefined {
  const troubles = followed.flatMap((one) => troublesOf(podsOfUpdate(pods, one), one.container));
  return troubles.find(({ kind }) => kind !== 'passing') ?? troubles[0];
}

/**
 * Whether an update has come to a node on which it is not well, or not yet: its container is pulled, started or run there, and
 * not ready. A pod that finds no node, and one of which the kubelet of its node says nothing because the node is dead, show nothing
 * of the image.
 */
export function isAiling(pods: readonly PodView[], followed: readonly Followed[]): boolean {
  return followed.some((one) =>
    podsOfUpdate(pods, one)
      .filter(isAlive)
      .flatMap((pod) => runsIn(pod, one.container))
      .some(({ ready }) => !ready),
  );
}

/** Whether a container of the new image has been started in some pod, be it one that has ended since. */
export function hasStarted(pods: readonly PodView[], followed: Followed): boolean {
  return podsOfUpdate(pods, followed)
    .flatMap((pod) => runsIn(pod, followed.container))
    .some(({ running, terminated, restartCount }) => running || terminated !== undefined || restartCount > 0);
}

/** The pods that an update brought and in which nothing of it was started yet. */
export function untouchedPods(pods: readonly PodView[], followed: Followed): readonly PodView[] {
  return podsOfUpdate(pods, followed).filter((pod) => isAlive(pod) && !hasStarted([pod], followed));
}

function troublesOf(pods: readonly PodView[], container: string): readonly PodTrouble[] {
  const living = pods.filter(isAlive);
  const isWell = living.flatMap((pod) => runsIn(pod, container)).some(isWellNow);
  const ofContainers = living.flatMap((pod) =>
    runsIn(pod, container)
      .map((run) => containerTrouble(run, isWell))
      .filter((trouble) => trouble !== undefined)
      .map(({ kind, message }) => tell(container, pod, { kind, message: `${container} ${message}` })),
  );
  return [...ofContainers, ...endedTroubles(pods, container, isWell), ...podTroubles(pods, container)];
}

function runsIn({ containers }: PodView, container: string): readonly PodContainer[] {
  return containers.filter(({ name }) => name === container);
}

/** One that ends again and again may be ready at the moment of the look. */
function isWellNow({ ready, restartCount }: PodContainer): boolean {
  return ready && restartCount <= mostEndings;
}

/**
 * A container that is never started again takes its pod with it, and the workload's controller makes another pod. No count of
 * restarts tells of that, so the pods that ended are counted: for each that lives, as often as a container may end.
 */
function endedTroubles(pods: readonly PodView[], container: string, isWell: boolean): readonly PodTrouble[] {
  const ended = pods
    .filter(({ phase, trouble }) => phase === 'Failed' && trouble === undefined)
    .filter((pod) => runsIn(pod, container).some(({ terminated }) => (terminated?.exitCode ?? 0) !== 0));
  const [last] = ended;
  if (!last) return [];
  const most = mostEndings * Math.max(1, pods.filter(isAlive).length);
  const kind = ended.length > most && !isWell ? 'crash' : 'passing';
  return [tell(container, last, { kind, message: `${container} ended, and its pod with it` })];
}

/** What a pod says of itself, which is not the image's doing: it was evicted, or finds no node. */
function podTroubles(pods: readonly PodView[], container: string): readonly PodTrouble[] {
  return pods.flatMap((pod) => {
    const { trouble, deleting } = pod;
    if (!trouble || deleting) return [];
    return [tell(container, pod, { kind: 'passing', message: `${trouble.reason}: ${trouble.message}` })];
  });
}

function tell(container: string, { name }: PodView, { kind, message }: Trouble): PodTrouble {
  return { container, kind, message: `pod ${name}: ${message}`.slice(0, longestMessage) };
}
