import type { TrackedImage, TrackedImageStatus } from '../../model/tracked-image.ts';
import type { Caveat } from './caveats.ts';

type Conditions = TrackedImage['conditions'];
type Written = readonly (Conditions[number] & { readonly observedGeneration: number })[];

const tracking = 'Tracked';

/** When tracking has ended, in milliseconds since the epoch; undefined where it has not. */
export function trackingEndedAt({ status, conditions }: TrackedImage): number | undefined {
  if (status?.reason !== 'NotTracked') return undefined;
  const since = Date.parse(conditions.find(({ type }) => type === tracking)?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? undefined : since;
}

/**
 * The conditions that go with a status, as kstatus reads them: `Ready` when the container runs what its policy wants
 * or is held on purpose, `Reconciling` while an update is on its way, `Stalled` when a person must act. `Tracked` is there only
 * when it is false, and tells since when.
 * @see https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
 */
export function conditionsOf(
  { state, reason, message }: Pick<TrackedImageStatus, 'state' | 'reason' | 'message'>,
  before: Conditions,
  observedGeneration: number,
  now: string,
): Written {
  const updating = state === 'Updating' || state === 'UpdateAvailable';
  const stalled = state === 'Error';
  const wanted = {
    ...(reason === 'NotTracked' ? { [tracking]: false } : {}),
    Ready: !updating && !stalled && state !== 'Deferred',
    Reconciling: updating,
    Stalled: stalled,
  };
  return Object.entries(wanted).map(([type, isTrue]) => {
    const status = isTrue ? 'True' : 'False';
    const lastTransitionTime = sinceWhen(before, type, status) ?? now;
    return { type, status, reason, message, observedGeneration, lastTransitionTime };
  });
}

/** The conditions of what else is to be said of a container; each is there only while it is true. */
export function caveatConditions(
  caveats: readonly Caveat[],
  before: Conditions,
  observedGeneration: number,
  now: string,
): Written {
  return caveats.map(({ type, reason, message }) => {
    const lastTransitionTime = sinceWhen(before, type, 'True') ?? now;
    return { type, status: 'True', reason, message, observedGeneration, lastTransitionTime };
  });
}

/** Since when a condition has had a status without a break. */
function sinceWhen(before: Conditions, type: string, status: string): string | undefined {
  const last = before.find((condition) => condition.type === type);
  return last?.status === status ? last.lastTransitionTime : undefined;
}
