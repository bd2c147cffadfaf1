import type { KubeClient } from '../../kube/client.ts';
import { listPodsBySelector, sharedLabelOf } from '../../kube/pods-by-selector.ts';
import type { Clock } from '../../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import type { NodePlatforms } from './node-platforms.ts';
import type { PodTurns } from './pod-turns.ts';
import { type RunningImages, runningImagesOf } from './running-images.ts';

/** Milliseconds that a crowd gathers before its turn is asked for. */
const gathering = 1_000;
/** Workloads that one list asks for: its query must fit into a URL. */
const largest = 50;
/** Milliseconds that an answer is kept for the workload that asked. */
const answerLife = 10_000;

/** What pods are asked with. */
export interface PodCrowdsOptions {
  readonly client: Pick<KubeClient, 'list'>;
  /** The nodes of the cluster; undefined where they are not to be read. */
  readonly nodes: NodePlatforms | undefined;
  readonly turns: PodTurns;
  readonly clock: Clock;
}

/** What the pods say, and in how many milliseconds to ask again where their turn has not come. */
export interface PodAnswer {
  readonly images?: RunningImages;
  readonly after?: number;
}

/** Workloads of one namespace, told by the same label, that wait for one list. */
interface Crowd {
  readonly name: string;
  /** The question by which its turn is taken; there may be several of its name. */
  readonly question: string;
  /** Monotonic milliseconds. */
  readonly gatheredAt: number;
  readonly members: Map<WorkloadKey, Workload>;
}

interface Answer {
  readonly images: Promise<RunningImages>;
  /** The workload as it was when it was asked for; of another version the answer says nothing. */
  readonly resourceVersion: string;
  /** Monotonic milliseconds. */
  readonly askedAt: number;
}

/**
 * Lists the pods of many workloads at once, where so many ask that they would have to wait for turns of their own, as when a
 * large fleet is seen for the first time. Nobody is answered from a list that began before he asked, or was expected to.
 */
export class PodCrowds {
  readonly #options: PodCrowdsOptions;
  /** The crowd that can be joined, by name. */
  readonly #open = new Map<string, Crowd>();
  readonly #crowdOf = new Map<WorkloadKey, Crowd>();
  readonly #answers = new Map<WorkloadKey, Answer>();
  /** How many crowds there were. */
  #count = 0;

  constructor(options: PodCrowdsOptions) {
    this.#options = options;
  }

  /**
   * Asks for a workload as one of a crowd: the answer, or in how many milliseconds to ask again. Undefined where it is to
   * ask alone. Rejects with a `KubeError`.
   */
  async ask(workload: Workload, signal: AbortSignal): Promise<PodAnswer | undefined> {
    const { clock, turns } = this.#options;
    const key = workloadKey(workload.ref);
    const answer = this.#answerTo(workload);
    if (answer) return { images: await answer };
    // A selector that was changed belongs to another crowd.
    if (this.#crowdOf.get(key)?.name !== crowdNameOf(workload)) this.forget(key);
    const crowd = this.#crowdOf.get(key) ?? this.#join(workload);
    if (!crowd) return undefined;
    crowd.members.set(key, workload);
    const isGathered = turns.isFree || isFull(crowd);
    const rest = isGathered ? 0 : crowd.gatheredAt - clock.monotonic();
    const after = rest > 0 ? rest : turns.take(crowd.question);
    if (after > 0) return { after };
    this.#list(crowd, signal);
    const images = await this.#answerTo(workload);
    return images && { images };
  }

  /** Notes a workload that is likely to ask soon: who of its crowd asks first has its pods listed as well. */
  expect(workload: Workload): void {
    const key = workloadKey(workload.ref);
    const name = crowdNameOf(workload);
    const isKnown = this.#crowdOf.has(key) || this.#answers.has(key);
    if (name !== undefined && !isKnown) this.#enter(name, workload);
  }

  /** Forgets a workload whose pods nobody asks for any more. */
  forget(key: WorkloadKey): void {
    this.#answers.delete(key);
    const crowd = this.#crowdOf.get(key);
    this.#crowdOf.delete(key);
    if (!crowd) return;
    crowd.members.delete(key);
    if (crowd.members.size === 0) this.#close(crowd);
  }

  /** The crowd in which a workload is to wait; undefined where it need not wait, or cannot be asked for with others. */
  #join(workload: Workload): Crowd | undefined {
    const name = crowdNameOf(workload);
    if (name === undefined) return undefined;
    return this.#options.turns.isFree && !this.#open.has(name) ? undefined : this.#enter(name, workload);
  }

  #enter(name: string, workload: Workload): Crowd {
    const present = this.#open.get(name);
    const crowd = present === undefined || isFull(present) ? this.#newCrowd(name) : present;
    const key = workloadKey(workload.ref);
    this.#open.set(name, crowd);
    this.#crowdOf.set(key, crowd);
    crowd.members.set(key, workload);
    return crowd;
  }

  #newCrowd(name: string): Crowd {
    const gatheredAt = this.#options.clock.monotonic() + gathering;
    return { name, question: `${name} ${++this.#count}`, gatheredAt, members: new Map() };
  }

  #close(crowd: Crowd): void {
    this.#options.turns.forget(crowd.question);
    if (this.#open.get(crowd.name) === crowd) this.#open.delete(crowd.name);
  }

  /** Lists the pods of a crowd, which nobody can join any more. */
  #list(crowd: Crowd, signal: AbortSignal): void {
    const { members } = crowd;
    const askedAt = this.#options.clock.monotonic();
    for (const [key, answer] of this.#answers) if (isStale(answer, askedAt)) this.#answers.delete(key);
    const [first] = members.values();
    if (!first) return;
    this.#close(crowd);
    const { client, nodes } = this.#options;
    const selectors = [...members.values()].map(({ podSelector }) => podSelector);
    const listed = listPodsBySelector(client, first.ref.namespace, selectors, signal);
    for (const [key, { podSelector, resourceVersion }] of members) {
      const images = listed.then((pods) => runningImagesOf(pods.get(podSelector) ?? [], nodes, signal));
      // Whoever comes for it is told; it is no fault of the process that nobody does.
      images.catch(() => undefined);
      this.#answers.set(key, { images, resourceVersion, askedAt });
      this.#crowdOf.delete(key);
    }
  }

  /** Takes the answer that a workload came for, where it still holds. */
  #answerTo({ ref, resourceVersion }: Workload): Promise<RunningImages> | undefined {
    const key = workloadKey(ref);
    const answer = this.#answers.get(key);
    this.#answers.delete(key);
    const holds = answer?.resourceVersion === resourceVersion;
    return holds && !isStale(answer, this.#options.clock.monotonic()) ? answer.images : undefined;
  }
}

function crowdNameOf({ ref, podSelector }: Workload): string | undefined {
  const label = sharedLabelOf(podSelector);
  return label === undefined ? undefined : `pods ${ref.namespace} ${label}`;
}

function isFull({ members }: Crowd): boolean {
  return members.size >= largest;
}

function isStale({ askedAt }: Answer, now: number): boolean {
  return now - askedAt > answerLife;
}
