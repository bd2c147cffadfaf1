import { at, isJsonObject, type JsonObject, numberAt, textAt } from '../model/json.ts';
import { microTime } from './micro-time.ts';
import { apiVersionOf, resources } from './resources.ts';

/** What a Lease of `coordination.k8s.io/v1` says of leadership. */
export interface LeaseRecord {
  /** Empty where nobody holds it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly transitions: number;
}

/** Seconds that a lease lasts beyond its last renewal. */
export const leaseSeconds = 15;

/** Reads a Lease; what is missing reads as a lease that nobody holds. */
export function readLease(object: JsonObject): LeaseRecord {
  return {
    holder: textAt(object, 'spec', 'holderIdentity') ?? '',
    durationSeconds: numberAt(object, 'spec', 'leaseDurationSeconds') ?? leaseSeconds,
    acquireTime: textAt(object, 'spec', 'acquireTime') ?? '',
    renewTime: textAt(object, 'spec', 'renewTime') ?? '',
    transitions: numberAt(object, 'spec', 'leaseTransitions') ?? 0,
  };
}

/** The first Lease of its name. */
export function newLease(name: string, namespace: string, identity: string, now: number): JsonObject {
  const time = microTime(now);
  return {
    apiVersion: apiVersionOf(resources.leases),
    kind: resources.leases.kind,
    metadata: { name, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  };
}

/** A Lease that somebody else let go or let expire, taken over; transitions count such changes only. */
export function takenLease(lease: JsonObject, identity: string, now: number): JsonObject {
  const time = microTime(now);
  return withSpec(lease, {
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: readLease(lease).transitions + 1,
  });
}

/** Our own Lease, renewed. */
export function renewedLease(lease: JsonObject, now: number): JsonObject {
  return withSpec(lease, { renewTime: microTime(now) });
}

/** Our own Lease, let go: the next one to look takes it at once. */
export function releasedLease(lease: JsonObject, now: number): JsonObject {
  return withSpec(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) });
}

function withSpec(lease: JsonObject, fields: JsonObject): JsonObject {
  const spec = at(lease, 'spec');
  return { ...lease, spec: { ...(isJsonObject(spec) ? spec : {}), ...fields } };
}
