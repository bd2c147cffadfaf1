import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listPath, objectPath, resources } from '../../kube/resources.ts';
import { at, isJsonObject, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import type { LookSchedule } from '../../model/policy.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { nextLook, parseSchedule } from '../../policy/schedule.ts';
import { WorkQueue, type WorkResult } from '../../runtime/work-queue.ts';
import { timestamp } from '../api-server/timestamp.ts';
import { jobs as jobResource } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import { jobEnd } from './job-controller.ts';
import { noMetrics } from './no-telemetry.ts';
import { OwnerIndex } from './owner-index.ts';
import { controllerReference, controllerUid, isDeleting, nameOf, namespaceOf, uidOf } from './ownership.ts';
import { canonicalJson } from './template-hash.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface CronJobControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cronJobs: Collection;
  readonly jobs: Collection;
}

const minute = 60_000;
/** Milliseconds after which a write that met a newer object is tried again. */
const conflictRetry = 20;

/** Starts a Job of each CronJob when its time has come, and forgets old ones. Of runs that were missed, only the last is made up for. */
export class CronJobController {
  readonly #parts: CronJobControllerParts;
  readonly #jobs: OwnerIndex;
  readonly #queue: WorkQueue<string>;
  readonly #keysByUid = new Map<string, string>();

  constructor(parts: CronJobControllerParts) {
    this.#parts = parts;
    this.#jobs = new OwnerIndex(parts.jobs.store);
    this.#queue = new WorkQueue<string>({
      name: 'cronjobs',
      clock: parts.clock,
      metrics: noMetrics,
      workers: 2,
      handle: (key, signal) => this.#handle(key, signal),
      failed: (key, error) => parts.log.debug({ key, err: error }, 'a CronJob could not be reconciled'),
    });
    parts.cronJobs.store.onChange((key, now, before) => {
      if (before !== undefined) this.#keysByUid.delete(uidOf(before));
      if (now !== undefined) this.#keysByUid.set(uidOf(now), key);
      this.#queue.add(key);
    });
    parts.jobs.store.onChange((_key, now, before) => {
      const key = this.#keysByUid.get(controllerUid(now ?? before ?? {}) ?? '');
      if (key !== undefined) this.#queue.add(key);
    });
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  async #handle(key: string, signal: AbortSignal): Promise<WorkResult> {
    const cronJob = this.#parts.cronJobs.store.get(key);
    if (cronJob === undefined || isDeleting(cronJob)) return {};
    try {
      return await this.#reconcile(cronJob, signal);
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound')) return { after: conflictRetry };
      throw error;
    }
  }

  async #reconcile(cronJob: JsonObject, signal: AbortSignal): Promise<WorkResult> {
    const jobs = this.#jobs.ownedBy(uidOf(cronJob)).filter((job) => !isDeleting(job));
    const active = jobs.filter((job) => jobEnd(job) === undefined);
    await this.#forgetHistory(cronJob, jobs, signal);
    const schedule = scheduleOf(cronJob);
    const suspended = at(cronJob, 'spec', 'suspend') === true;
    const now = this.#parts.clock.now();
    const due = schedule === undefined || suspended ? undefined : lastDue(cronJob, schedule, now);
    const skipped = textAt(cronJob, 'spec', 'concurrencyPolicy') === 'Forbid' && active.length > 0;
    const started = due === undefined || skipped ? [] : [await this.#start(cronJob, due, active, signal)];
    await this.#tell(cronJob, [...active, ...started], due, signal);
    if (schedule === undefined || suspended) return {};
    return { after: Math.max(conflictRetry, nextLook(schedule, now) - now) };
  }

  /** Starts the Job of a moment; the moment is in its name, so that it is never started twice. */
  async #start(
    cronJob: JsonObject,
    due: number,
    active: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<JsonObject> {
    if (textAt(cronJob, 'spec', 'concurrencyPolicy') === 'Replace') {
      for (const job of active) await this.#remove(job, signal);
    }
    const template = at(cronJob, 'spec', 'jobTemplate');
    const name = `${nameOf(cronJob)}-${Math.floor(due / minute)}`;
    const metadata = at(template, 'metadata');
    const body = {
      metadata: {
        ...(isJsonObject(metadata) ? metadata : {}),
        name,
        namespace: namespaceOf(cronJob),
        ownerReferences: [controllerReference('batch/v1', 'CronJob', cronJob)],
      },
      spec: at(template, 'spec'),
    };
    const { client } = this.#parts;
    try {
      return await client.create(listPath(jobResource, namespaceOf(cronJob)), body, { signal });
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
      return client.get(objectPath(jobResource, namespaceOf(cronJob), name), { signal });
    }
  }

  async #forgetHistory(cronJob: JsonObject, jobs: readonly JsonObject[], signal: AbortSignal): Promise<void> {
    const limits = {
      Complete: numberAt(cronJob, 'spec', 'successfulJobsHistoryLimit') ?? 3,
      Failed: numberAt(cronJob, 'spec', 'failedJobsHistoryLimit') ?? 1,
    };
    for (const end of ['Complete', 'Failed'] as const) {
      const ended = jobs.filter((job) => jobEnd(job) === end).toSorted(byStart);
      for (const job of ended.slice(0, Math.max(0, ended.length - limits[end])))
        await this.#remove(job, signal);
    }
  }

  async #remove(job: JsonObject, signal: AbortSignal): Promise<void> {
    const query = { propagationPolicy: 'Background' };
    await this.#parts.client.delete(objectPath(jobResource, namespaceOf(job), nameOf(job)), {
      query,
      signal,
    });
  }

  async #tell(
    cronJob: JsonObject,
    active: readonly JsonObject[],
    due: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const lastScheduleTime =
      due === undefined ? textAt(cronJob, 'status', 'lastScheduleTime') : timestamp(due);
    const status = {
      ...(active.length === 0 ? {} : { active: active.map(referenceTo) }),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    };
    if (canonicalJson(status) === canonicalJson(at(cronJob, 'status') ?? {})) return;
    const body = { ...cronJob, kind: 'CronJob', apiVersion: 'batch/v1', status };
    const path = objectPath(resources.cronJobs, namespaceOf(cronJob), nameOf(cronJob), 'status');
    await this.#parts.client.update(path, body, { signal });
  }
}

function scheduleOf(cronJob: JsonObject): LookSchedule | undefined {
  const zone = textAt(cronJob, 'spec', 'timeZone') ?? 'UTC';
  const parsed = parseSchedule(`${textAt(cronJob, 'spec', 'schedule') ?? ''} ${zone}`);
  return parsed.ok ? parsed.value : undefined;
}

/** The last moment that has come and was not scheduled yet, among the first hundred; undefined where there is none. */
function lastDue(cronJob: JsonObject, schedule: LookSchedule, now: number): number | undefined {
  const since =
    textAt(cronJob, 'status', 'lastScheduleTime') ?? textAt(cronJob, 'metadata', 'creationTimestamp');
  let due: number | undefined;
  let next = nextLook(schedule, Date.parse(since ?? ''));
  for (let count = 0; count < 100 && next <= now; count++) {
    due = next;
    next = nextLook(schedule, next);
  }
  return due;
}

function byStart(one: JsonObject, other: JsonObject): number {
  const started = (job: JsonObject) => textAt(job, 'status', 'startTime') ?? '';
  return started(one).localeCompare(started(other));
}

function referenceTo(job: JsonObject): JsonObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace: namespaceOf(job),
    name: nameOf(job),
    uid: uidOf(job),
    resourceVersion: textAt(job, 'metadata', 'resourceVersion'),
  };
}
