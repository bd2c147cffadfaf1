import type { PodContainer } from '../kube/pods.ts';

/** What is wrong with something: `image`, `crash` or `passing`, as in `PodTrouble`, and one clause for people. */
export interface Trouble {
  /**
   * `image`: it cannot be pulled, and trying again will not help. `crash`: it ends again and again. `passing`: anything that
   * may pass by itself, which only the deadline can judge.
   */
  readonly kind: 'image' | 'crash' | 'passing';
  /** The same as long as the trouble is. */
  readonly message: string;
}

/** How often a container may end before it is not waited for. */
export const mostEndings = 3;

/**
 * What is wrong with a container of the new image; undefined where nothing is. A crash is definite unless `isWellElsewhere`:
 * another pod runs the same, so that the node may be to blame.
 */
export function containerTrouble(container: PodContainer, isWellElsewhere: boolean): Trouble | undefined {
  return imageTrouble(container) ?? crashTrouble(container, isWellElsewhere);
}

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
function crashTrouble(container: PodContainer, isWellElsewhere: boolean): Trouble | undefined {
  const { waiting, terminated, restartCount } = container;
  const isDown = waiting?.reason === 'CrashLoopBackOff' || hasEnded(container);
  const endings = restartCount + (isDown ? 1 : 0);
  const isCrash = endings > mostEndings && !container.ready;
  if (isDown || isCrash) {
    const how = terminated ? ` with exit code ${terminated.exitCode} (${terminated.reason})` : '';
    return { kind: isCrash && !isWellElsewhere ? 'crash' : 'passing', message: `ends again and again${how}` };
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
