import type { TrackedImage, TrackedImageStatus } from '../model/tracked-image.ts';

type Conditions = TrackedImage['conditions'];

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
): readonly (Conditions[number] & { readonly observedGeneration: number })[] {
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
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === status ? last.lastTransitionTime : now;
    return { type, status, reason, message, observedGeneration, lastTransitionTime };
  });
}
