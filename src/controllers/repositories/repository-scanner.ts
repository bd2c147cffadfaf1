import { needName, type RegistryNeed, type RepositoryObservation } from '../../model/observation.ts';
import type { Clock, Logger, Metrics, RegistryReader, RepositoryAccess } from '../../model/ports.ts';
import type { Reason } from '../../model/reasons.ts';
import type { Problem } from '../../model/result.ts';
import { nextLook } from '../../policy/schedule.ts';
import { RegistryError } from '../../registry/errors.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import { LookTimes } from './look-times.ts';
import { SeldomLooks } from './seldom-looks.ts';
import { isKnown, type LookPlan, type RepositoryKey, type RepositoryStore } from './repository-store.ts';

/** What the scanner works with. */
export interface RepositoryScannerOptions {
  readonly store: RepositoryStore;
  readonly registry: RegistryReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'repositoryScan' | 'tagsListed'>;
  /** What no other cluster has, see `LookTimes`. */
  readonly salt: string;
  /** Look at everything at first, also at what is looked at seldom, because there may be no second look. */
  readonly once?: boolean;
}

/** Failed looks in a row. */
interface Failure {
  readonly backoff: Backoff;
  /** Monotonic milliseconds of the last one, and how long the repository is left alone after it. */
  readonly at: number;
  readonly wait: number;
}

const contentFaults: readonly Reason[] = ['UnsupportedManifest', 'DigestMismatch'];

/** The repository loop: looks at one repository when it is due and writes what it saw. It never touches a workload. */
export class RepositoryScanner {
  readonly #options: RepositoryScannerOptions;
  readonly #failures = new Map<RepositoryKey, Failure>();
  readonly #times: LookTimes;
  readonly #seldom: SeldomLooks;

  constructor(options: RepositoryScannerOptions) {
    this.#options = options;
    this.#times = new LookTimes(options.salt);
    this.#seldom = new SeldomLooks({ ...options, times: this.#times });
  }

  /** Does what is due for one repository now; says when to come back. */
  async scan(key: RepositoryKey, signal: AbortSignal): Promise<WorkResult> {
    const { store, clock } = this.#options;
    const plan = store.plan(key);
    if (!plan) return this.#forget(key);
    const before = store.observation(key);
    const now = clock.now();
    const dueAt = this.#dueTime(key, plan, now);
    const rest = this.#rest(key, before, plan);
    if (rest > 0) return { after: rest };

    const regular = plan.hinted || before.problem !== undefined || now >= dueAt;
    const needs = plan.needs.filter((need) => {
      if (isSeldom(need)) return plan.hinted || this.#seldom.isDue(key, need.tag, now);
      return (regular && isRegular(need)) || !isKnown(need, before);
    });
    if (needs.length === 0) {
      const rest = this.#comeBack(key, plan);
      store.postpone(key, { at: now, next: now + (rest.after ?? Number.POSITIVE_INFINITY) });
      return rest;
    }

    const seen = await this.#look(key, plan, needs, signal);
    if (!seen.problem) this.#seldom.noteLook(key, now);
    const { hints } = plan;
    const at = clock.now();
    store.record(key, seen, { at, next: this.#nextLook(key, plan, at), regular, hints });
    const planned = store.plan(key);
    if (!planned) return this.#forget(key);
    if (seen.problem) return { after: this.#rest(key, seen, planned) };
    return this.#comeBack(key, planned);
  }

  /** Forgets a repository that nobody follows any more. */
  #forget(key: RepositoryKey): WorkResult {
    this.#failures.delete(key);
    this.#seldom.forget(key);
    return {};
  }

  /** When a look is due next after one at `now`, by the schedules; never where all that is needed is known for good. */
  #nextLook(key: RepositoryKey, plan: LookPlan, now: number): number {
    if (plan.needs.some(isRegular)) return soonest(plan, now);
    return Math.min(...this.#seldomTimes(key, plan));
  }

  #seldomTimes(key: RepositoryKey, { needs }: LookPlan): readonly number[] {
    return needs.filter(isSeldom).map(({ tag }) => this.#seldom.next(key, tag));
  }

  /** Until something is due for a repository after everything that is due now was done; never where all is known for good. */
  #comeBack(key: RepositoryKey, plan: LookPlan): WorkResult {
    const now = this.#options.clock.now();
    const due = plan.needs.some(isRegular) ? [this.#dueTime(key, plan, now)] : [];
    const next = Math.min(...due, ...this.#seldomTimes(key, plan));
    return Number.isFinite(next) ? { after: Math.max(0, next - now) } : {};
  }

  /** A last look that is yet to come was told by a clock that has been set back since: then the next one is due now. */
  #dueTime(key: RepositoryKey, { lookedAt, schedules }: LookPlan, now: number): number {
    if (lookedAt === undefined || lookedAt > now) return 0;
    return this.#times.next(key, schedules, lookedAt);
  }

  /**
   * Milliseconds for which a repository is left alone after a failed look. A person who asks for a look is heard at once, but a
   * pause that the registry asked for is the registry's to end.
   */
  #rest(key: RepositoryKey, { problem }: RepositoryObservation, { hinted }: LookPlan): number {
    const isAsked = hinted && problem?.reason !== 'RateLimited';
    if (problem === undefined || isAsked) return 0;
    const { at = 0, wait = 0 } = this.#failures.get(key) ?? {};
    return Math.max(0, wait - (this.#options.clock.monotonic() - at));
  }

  async #look(
    key: RepositoryKey,
    plan: LookPlan,
    needs: readonly RegistryNeed[],
    signal: AbortSignal,
  ): Promise<RepositoryObservation> {
    const { store, registry, metrics } = this.#options;
    let seen = prune(store.observation(key), plan.needs);
    let first: RegistryError | undefined;
    const refused: RegistryNeed[] = [];
    try {
      for (const need of needs) {
        const { access } = plan;
        const found = await satisfy({ registry, access, signal }, need, seen).catch(heldBack(need));
        if (found instanceof RegistryError) {
          first ??= found;
          refused.push(need);
          continue;
        }
        seen = found;
        if (need.kind === 'tags') metrics.tagsListed(seen.tags?.tags.length ?? 0);
      }
      // Who gives nothing at all holds back no single image.
      const isGiving = plan.needs.some((need) => !refused.includes(need) && isKnown(need, seen));
      const only = isGiving ? refused.map(needName) : undefined;
      if (first) return { ...seen, problem: this.#problem(key, plan, first, only) };
      this.#failures.delete(key);
      metrics.repositoryScan('success');
      return { ...seen, problem: undefined, refused: registry.refused(plan.access) };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { ...seen, problem: this.#problem(key, plan, error) };
    }
  }

  /** A failed look: last known good stays, and the next one waits longer with each failure in a row. */
  #problem(
    key: RepositoryKey,
    plan: LookPlan,
    error: RegistryError,
    only?: readonly string[],
  ): RepositoryObservation['problem'] {
    const { clock, logger, metrics } = this.#options;
    const reason: Reason = error.code;
    const now = clock.now();
    const { backoff } = this.#failures.get(key) ?? {
      backoff: new Backoff({ initial: 5_000, longest: 3_600_000 }),
    };
    // A registry that refuses a credential may lock it when it is tried too often.
    const isRefusal = only === undefined && (reason === 'Unauthorized' || reason === 'Forbidden');
    const most = isRefusal ? Number.POSITIVE_INFINITY : Math.max(5_000, soonest(plan, now) - now);
    const own = Math.min(backoff.fail(), most);
    const wait = Math.ceil(Math.max(own, error.retryAfter ?? 0));
    this.#failures.set(key, { backoff, at: clock.monotonic(), wait });
    metrics.repositoryScan(reason);
    const { registry, path } = plan.access;
    const { problem } = this.#options.store.observation(key);
    const fields = { repository: `${registry}/${path}`, reason, retryIn: Math.round(wait) };
    if (problem?.message === error.message) logger.debug(fields, error.message);
    else logger.warn(fields, error.message);
    const since = problem === undefined ? plan.lookedAt : problem.since;
    return { reason, message: error.message, until: now + wait, since, ...(only && { only }) };
  }
}

async function satisfy(
  through: {
    readonly registry: RegistryReader;
    readonly access: RepositoryAccess;
    readonly signal: AbortSignal;
  },
  need: RegistryNeed,
  seen: RepositoryObservation,
): Promise<RepositoryObservation> {
  const { registry, access, signal } = through;
  switch (need.kind) {
    case 'tags':
      return { ...seen, tags: await registry.listTags(access, signal, { times: need.times === true }) };
    case 'digest': {
      const answer = await registry.resolveTag(access, need.tag, signal).catch(unusable);
      return { ...seen, digests: new Map(seen.digests).set(need.tag, answer) };
    }
    case 'manifests': {
      const manifests = await registry.readManifests(access, need.digest, signal).catch((error: unknown) => {
        const { reason } = unusable(error).unusable;
        return reason === 'UnsupportedManifest' ? ('noImage' as const) : ('missing' as const);
      });
      return { ...seen, manifests: new Map(seen.manifests).set(need.digest, manifests) };
    }
  }
}

/** The error where a registry holds one image back (a scan, a quarantine, its size), and may well give the others. */
function heldBack(need: RegistryNeed): (error: unknown) => RegistryError {
  return (error) => {
    const isImage = need.kind !== 'tags' && error instanceof RegistryError;
    if (isImage && (error.code === 'Forbidden' || error.code === 'LimitExceeded')) return error;
    throw error;
  };
}

/** A fault of one image's content is no fault of the repository; any other is thrown again. */
function unusable(error: unknown): { readonly unusable: Problem } {
  const isContent = error instanceof RegistryError && contentFaults.includes(error.code);
  if (!isContent) throw error;
  return { unusable: { reason: error.code, message: error.message } };
}

function isSeldom(need: RegistryNeed): need is Extract<RegistryNeed, { kind: 'digest' }> {
  return need.kind === 'digest' && need.seldom === true;
}

/** Whether a need is looked at again with each regular look. */
function isRegular(need: RegistryNeed): boolean {
  return need.kind !== 'manifests' && !isSeldom(need);
}

/** Keeps only what somebody still needs, so that an observation cannot grow without bound. */
function prune(seen: RepositoryObservation, needs: readonly RegistryNeed[]): RepositoryObservation {
  const tags = new Set(needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : [])));
  const digests = new Set(needs.flatMap((need) => (need.kind === 'manifests' ? [need.digest] : [])));
  return {
    ...seen,
    tags: needs.some(({ kind }) => kind === 'tags') ? seen.tags : undefined,
    digests: new Map([...seen.digests].filter(([tag]) => tags.has(tag))),
    manifests: new Map([...seen.manifests].filter(([digest]) => digests.has(digest))),
  };
}

/** When the most eager subscriber wants the next look after `last`. */
function soonest({ schedules }: LookPlan, last: number): number {
  return Math.min(...schedules.map((schedule) => nextLook(schedule, last)));
}
