import type { JsonObject } from '../../model/json.ts';
import type {
  HistoryEntry,
  RolloutOutcome,
  TrackedImage,
  TrackedImageStatus,
} from '../../model/tracked-image.ts';

/** Every field of every part, none left out. */
type Filled<T> = T extends readonly (infer E)[]
  ? readonly Filled<E>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Filled<Exclude<T[K], undefined>> }
    : T;

const at = '2026-01-01T00:00:00.000Z';
const digest = `sha256:${'0'.repeat(64)}`;
const image = `registry.example/shop/web:1.0.0@${digest}`;

const everyOutcome: Readonly<Record<RolloutOutcome, true>> = {
  InProgress: true,
  Verified: true,
  Failed: true,
  RolledBack: true,
  Superseded: true,
  Unverified: true,
  AppliedPendingRestart: true,
};

const history = Object.keys(everyOutcome).map(
  (outcome): Filled<Omit<HistoryEntry, 'outcome'>> & JsonObject => ({
    from: image,
    to: image,
    digest,
    at,
    outcome,
    generation: 1,
    seconds: 1,
    fromDigest: digest,
    unavailableBefore: 1,
    unhealthyBefore: true,
    templateHash: '0'.repeat(64),
  }),
);

const conditions: Filled<TrackedImage['conditions']> = [
  { type: 'Ready', status: 'True', reason: 'UpToDate', message: '', lastTransitionTime: at },
];

const status: Filled<Omit<TrackedImageStatus, 'history'>> = {
  image,
  running: [digest],
  latest: '1.0.0',
  candidate: `1.0.0@${digest}`,
  state: 'UpToDate',
  reason: 'UpToDate',
  message: '',
  digest,
  platforms: ['linux/amd64'],
  observedGeneration: 1,
  checkedAt: at,
  rejected: (['RolloutFailed', 'ForeignChange'] as const).map((reason) => ({
    digest,
    tag: '1.0.0',
    reason,
    message: '',
    at,
  })),
  reverts: [{ manager: 'kubectl', image, at }],
  retriedAt: at,
  opensAt: at,
  pending: [{ tag: '1.0.0', digest, firstSeen: at }],
  approval: { asked: `1.0.0@${digest}`, image: `1.0.0@${digest}` },
  rolledBackTo: '1.0.0',
};

/** A status of a TrackedImage in which every field that is ever written is filled, with every outcome of an update. */
export const fullStatus: JsonObject = {
  ...status,
  history,
  conditions: conditions.map((condition) => ({ ...condition, observedGeneration: 1 })),
};
