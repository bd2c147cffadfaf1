import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { writeQuery } from '../../kube/field-manager.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import type { ImagePolicy, ImagePolicyStatus } from '../../model/image-policy.ts';
import type { Clock, Metrics } from '../../model/ports.ts';
import type { Condition, ContainerRef, Workload } from '../../model/workload.ts';
import { WorkQueue, type WorkResult } from '../../runtime/work-queue.ts';
import { countPolicy, type Standing, verdictOn } from './image-policy-status.ts';
import type { PolicySources } from './policy-sources.ts';
import { conditionsOf } from '../memory/tracked-image-conditions.ts';

/** What the controller works with. */
export interface ImagePolicyControllerOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'queue'>;
  readonly sources: PolicySources;
  /** Every workload at this moment. */
  readonly workloads: () => readonly Workload[];
  readonly trackedOf: (ref: ContainerRef) => Standing | undefined;
  readonly failed: (key: string, error: unknown, retryIn: number) => void;
}

/** Milliseconds in which changes are gathered: one rollout of many workloads is not many writes of one status. */
const gathering = 1_000;
/** Milliseconds after which a status is written again where somebody was faster. */
const afterConflict = 500;
/** How often one status is tried to be written before the end. */
const mostAttempts = 5;

/** Keeps the status of ImagePolicies: what they speak of and how that stands. Nothing is written that is already there. */
export class ImagePolicyController {
  readonly #options: ImagePolicyControllerOptions;
  readonly #queue: WorkQueue<string>;

  constructor(options: ImagePolicyControllerOptions) {
    const { clock, metrics, failed } = options;
    this.#options = options;
    const handle = (key: string, signal: AbortSignal) => this.reconcile(key, signal);
    this.#queue = new WorkQueue({ name: 'imagepolicies', clock, metrics, workers: 1, handle, failed });
  }

  /** Something in a namespace changed that its ImagePolicies may count. */
  touch(namespace: string): void {
    for (const key of this.#options.sources.keysIn(namespace)) this.#queue.addAfter(key, gathering);
  }

  /** Keeps statuses until it is stopped. */
  async run(stop: AbortSignal): Promise<void> {
    for (const key of this.#options.sources.imagePolicies.keys()) this.#queue.add(key);
    await this.#queue.run(stop);
  }

  /** Brings every status up to date now, for a controller that is about to end. */
  async settle(signal: AbortSignal): Promise<void> {
    const { sources, failed } = this.#options;
    for (const key of sources.imagePolicies.keys()) {
      await this.#settle(key, signal).catch((error: unknown) => failed(key, error, 0));
    }
  }

  /** Writes the status of one policy where it differs from what is there. */
  async reconcile(key: string, signal: AbortSignal): Promise<WorkResult> {
    const policy = this.#options.sources.imagePolicies.get(key);
    const status = policy && this.#statusOf(policy);
    if (!policy || !status || isSame(policy, status)) return {};
    const { namespace, name, resourceVersion } = policy;
    const path = objectPath(resources.imagePolicies, namespace, name, 'status');
    try {
      const body = { metadata: { resourceVersion }, status };
      await this.#options.client.patch(path, body, { type: 'merge', query: writeQuery, signal });
      return {};
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return {};
      if (isKubeError(error, 'Conflict')) return { after: afterConflict };
      throw error;
    }
  }

  async #settle(key: string, signal: AbortSignal): Promise<void> {
    for (let attempts = 0; attempts < mostAttempts; attempts++) {
      const { after } = await this.reconcile(key, signal);
      if (after === undefined) return;
      await this.#options.clock.sleep(after, signal);
    }
  }

  #statusOf(policy: ImagePolicy): WrittenStatus | undefined {
    const { sources, workloads, trackedOf, clock } = this.#options;
    const compiled = sources.compiled(policy);
    if (!compiled) return undefined;
    const { namespace, generation, conditions } = policy;
    const neighbours = workloads().filter(({ ref }) => ref.namespace === namespace);
    const now = new Date(clock.now()).toISOString();
    return {
      observedGeneration: generation,
      ...countPolicy(compiled, neighbours, trackedOf),
      conditions: conditionsOf(verdictOn(compiled), conditions, generation, now),
    };
  }
}

const counted = ['observedGeneration', 'workloads', 'containers', 'upToDate', 'held', 'failing'] as const;

type WrittenStatus = ImagePolicyStatus & { readonly conditions: ReturnType<typeof conditionsOf> };

function isSame(
  { status, conditions }: ImagePolicy,
  { conditions: wanted, ...counts }: WrittenStatus,
): boolean {
  const told = (one: Condition) => [one.type, one.status, one.reason, one.message].join('\n');
  const before = new Set(conditions.map(told));
  return (
    status !== undefined &&
    counted.every((name) => status[name] === counts[name]) &&
    wanted.length === before.size &&
    wanted.every((one) => before.has(told(one)))
  );
}
