import type { KubeClient } from '../../kube/client.ts';
import { objectPath } from '../../kube/resources.ts';
import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { jobs as jobResource } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import { controllerReference, nameOf, namespaceOf, uidOf } from './ownership.ts';
import { isActive, isReady } from './pod-condition.ts';
import { PodOwnerLoop } from './pod-owner-loop.ts';
import { templateOf } from './replica-set.ts';
import { canonicalJson } from './template-hash.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface JobControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly jobs: Collection;
  readonly pods: Collection;
}

/** Runs the pods of each Job until as many have succeeded, or too many failed. Indexed Jobs are not simulated. */
export class JobController {
  readonly #parts: JobControllerParts;
  readonly #loop: PodOwnerLoop;

  constructor(parts: JobControllerParts) {
    this.#parts = parts;
    this.#loop = new PodOwnerLoop({
      ...parts,
      owners: parts.jobs,
      name: 'jobs',
      reconcile: (job, pods, signal) => this.#reconcile(job, pods, signal),
    });
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  async #reconcile(job: JsonObject, pods: readonly JsonObject[], signal: AbortSignal): Promise<WorkResult> {
    if (jobEnd(job) !== undefined) return {};
    const ended = (phase: string) => pods.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
    const succeeded = ended('Succeeded');
    const failed = ended('Failed');
    const active = pods.filter(isActive);
    const missing = (numberAt(job, 'spec', 'completions') ?? 1) - succeeded;
    const end = endOf(job, missing, failed);
    const wanted = end === undefined ? Math.min(numberAt(job, 'spec', 'parallelism') ?? 1, missing) : 0;
    const made = at(job, 'spec', 'suspend') === true ? 0 : Math.max(0, wanted - active.length);
    for (let count = 0; count < made; count++) await this.#loop.create(job, podOf(job), signal);

    const now = timestamp(this.#parts.clock.now());
    const counts = { active: active.length + made, ready: active.filter(isReady).length, succeeded, failed };
    const status = {
      startTime: textAt(job, 'status', 'startTime') ?? now,
      ...Object.fromEntries(Object.entries(counts).filter(([name, count]) => count > 0 || name === 'ready')),
      ...(end === undefined ? {} : ending(end, now)),
    };
    if (canonicalJson(status) === canonicalJson(at(job, 'status'))) return {};
    const body = { ...job, kind: 'Job', apiVersion: 'batch/v1', status };
    await this.#parts.client.update(objectPath(jobResource, namespaceOf(job), nameOf(job), 'status'), body, {
      signal,
    });
    return {};
  }
}

/** How a Job has ended; undefined while it has not. */
export function jobEnd(job: JsonObject): 'Complete' | 'Failed' | undefined {
  const holds = (type: string) =>
    listAt(job, 'status', 'conditions').some(
      (one) => textAt(one, 'type') === type && textAt(one, 'status') === 'True',
    );
  if (holds('Complete')) return 'Complete';
  return holds('Failed') ? 'Failed' : undefined;
}

function endOf(job: JsonObject, missing: number, failed: number): 'Complete' | 'Failed' | undefined {
  if (missing <= 0) return 'Complete';
  return failed > (numberAt(job, 'spec', 'backoffLimit') ?? 6) ? 'Failed' : undefined;
}

function ending(end: 'Complete' | 'Failed', now: string): JsonObject {
  const reason = end === 'Complete' ? 'CompletionsReached' : 'BackoffLimitExceeded';
  const message =
    end === 'Complete'
      ? 'Reached expected number of succeeded pods'
      : 'Job has reached the specified backoff limit';
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  const first = end === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  const completionTime = end === 'Complete' ? { completionTime: now } : {};
  return { ...completionTime, conditions: [condition(first), condition(end)] };
}

function podOf(job: JsonObject): JsonObject {
  const { metadata, spec } = templateOf(job);
  const own = {
    'batch.kubernetes.io/controller-uid': uidOf(job),
    'batch.kubernetes.io/job-name': nameOf(job),
    'controller-uid': uidOf(job),
    'job-name': nameOf(job),
  };
  return {
    metadata: {
      ...(isJsonObject(metadata) ? metadata : {}),
      generateName: `${nameOf(job)}-`,
      namespace: namespaceOf(job),
      labels: { ...textMapAt(metadata, 'labels'), ...own },
      ownerReferences: [controllerReference('batch/v1', 'Job', job)],
    },
    spec,
  };
}
