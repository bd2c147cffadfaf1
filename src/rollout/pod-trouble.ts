import { isAlive, type PodContainer, type PodView } from '../kube/pods.ts';
import type { HistoryEntry } from '../model/tracked-image.ts';

/** Why a pod of the new revision does not come up. */
export interface PodTrouble {
  readonly container: string;
  /**
   * `image`: it cannot be pulled, and trying again will not help. `crash`: it ends again and again. `passing`: anything that
   * may pass by itself, which only the deadline can judge.
   */
  readonly kind: 'image' | 'crash' | 'passing';
  /** One clause for people, the same as long as the trouble is: `pod web-1: app cannot be pulled: … not found`. */
  readonly message: string;
}

/** One container of a rollout that is followed. */
export interface Followed {
  readonly container: string;
  readonly entry: Pick<HistoryEntry, 'from' | 'to' | 'at'>;
}

/** How often a container may end before it is not waited for. */
const mostEndings = 3;
const longestMessage = 400;

/**
 * The worst trouble of the pods that an update of ours brought, in the containers that it changed: what is definite first.
 * Pods of the old revision, and what is wrong with containers that stayed as they were, do not count. A container that
 * crashes in one pod while another pod of the same revision has it ready is not definite: the node may be to blame.
 */
export function findTrouble(pods: readonly PodView[], followed: readonly Followed[]): PodTrouble | undefined {
  const troubles = followed.flatMap((one) => troublesOf(ofNewRevision(pods, one), one.container));
  return troubles.find(({ kind }) => kind !== 'passing') ?? troubles[0];
}

/** Whether a container of the new image has been started in some pod. */
export function hasStarted(pods: readonly PodView[], followed: Followed): boolean {
  return ofNewRevision(pods, followed)
    .flatMap(({ containers }) => containers.filter(({ name }) => name === followed.container))
    .some(({ running, terminated, restartCount }) => running || terminated !== undefined || restartCount > 0);
}

/** The pods that an update brought and in which nothing of it was started yet. */
export function untouchedPods(pods: readonly PodView[], followed: Followed): readonly PodView[] {
  return ofNewRevision(pods, followed).filter((pod) => !hasStarted([pod], followed));
}

/** The pods whose template is that of the update: by its image, or for a restart by its mark. */
function ofNewRevision(pods: readonly PodView[], { container, entry }: Followed): readonly PodView[] {
  const isRestart = entry.from === entry.to;
  return pods
    .filter(isAlive)
    .filter(({ images, restartedAt }) =>
      isRestart ? restartedAt === entry.at : images.get(container) === entry.to,
    );
}

function troublesOf(pods: readonly PodView[], name: string): readonly PodTrouble[] {
  const runs = pods.flatMap((pod) =>
    pod.containers.filter((one) => one.name === name).map((container) => ({ pod: pod.name, container })),
  );
  const someReady = runs.some(({ container }) => container.ready);
  return runs.flatMap(({ pod, container }) => {
    const trouble = imageTrouble(container) ?? crashTrouble(container, someReady);
    if (!trouble) return [];
    const message = `pod ${pod}: ${name} ${trouble.message}`.slice(0, longestMessage);
    return [{ container: name, kind: trouble.kind, message }];
  });
}

type Trouble = Pick<PodTrouble, 'kind' | 'message'>;

const pullReasons: readonly string[] = ['ErrImagePull', 'ImagePullBackOff'];

/** Words of containerd, CRI-O and Docker for an image that is not there, or not for this platform. */
const isMissing =
  /manifest unknown|no match(?:ing)? (?:for platform|manifest)|no image found in [a-z ]+ for architecture|: not found(?:$|[\s":])/i;
/** Words for a registry that may give the image later; they win, because a message may quote several. */
const mayPass =
  /\b(?:429|5\d\d)\b|too many requests|toomanyrequests|time ?out|timed out|deadline exceeded|no such host|refused|reset by peer|temporar|i\/o|EOF|unauthorized|forbidden|denied|authorization/i;

function imageTrouble({ waiting }: PodContainer): Trouble | undefined {
  if (!waiting) return undefined;
  const { reason, message } = waiting;
  if (reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') {
    return { kind: 'image', message: `cannot be pulled: ${message}` };
  }
  if (!pullReasons.includes(reason)) return undefined;
  // While it backs off, the kubelet wraps what it said when it failed; older ones do not repeat it.
  const said = /ErrImagePull: (.*)$/s.exec(message)?.[1] ?? message;
  const definite = isMissing.test(said) && !mayPass.test(withoutNames(said));
  return { kind: definite ? 'image' : 'passing', message: `cannot be pulled: ${said}` };
}

/** Digests and quoted references could hold any digits and words. */
function withoutNames(message: string): string {
  return message.replaceAll(/"[^"]*"|sha256:[0-9a-f]+|\S+\/\S+/g, '');
}

/**
 * While it backs off, a kubelet shows `CrashLoopBackOff`, or (1.36) how the container ended. One that runs once more counts by
 * how often it has ended before: looks at regular times may find it running each time.
 */
function crashTrouble(container: PodContainer, someReady: boolean): Trouble | undefined {
  const { waiting, terminated, restartCount } = container;
  const isDown = waiting?.reason === 'CrashLoopBackOff' || hasEnded(container);
  const endings = restartCount + (isDown ? 1 : 0);
  const isCrash = endings > mostEndings && !container.ready;
  if (isDown || isCrash) {
    const how = terminated ? ` with exit code ${terminated.exitCode} (${terminated.reason})` : '';
    return { kind: isCrash && !someReady ? 'crash' : 'passing', message: `ends again and again${how}` };
  }
  if (!waiting || isStarting.has(waiting.reason)) return undefined;
  return { kind: 'passing', message: `waits: ${waiting.reason}: ${waiting.message}` };
}

/** An init container that ended well has done its work; a main one should not have ended. */
function hasEnded({ waiting, running, ready, terminated, role }: PodContainer): boolean {
  const isEnd = terminated !== undefined && !waiting && !running && !ready;
  return isEnd && (role === 'main' || terminated.exitCode !== 0);
}

/** What a container waits for that has nothing wrong with it. */
const isStarting: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', '']);
