import type { Logger, Metrics } from '../../src/model/ports.ts';
import type { FleetView } from '../../src/observe/fleet-gauges.ts';

/** A log that nobody reads. */
export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A fleet in which nothing is. */
export const emptyFleet: FleetView = {
  trackedImages: () => [],
  repositories: () => [],
  openRollouts: () => 0,
  informers: () => [],
  isNamedRegistry: () => false,
  clock: { now: () => 0, monotonic: () => 0 },
  containers: false,
};

/** Metrics that nobody reads. */
export const silentMetrics: Metrics = {
  registryRequest: () => undefined,
  registryQuota: () => undefined,
  registryWarning: () => undefined,
  registryPause: () => undefined,
  registryThrottled: () => undefined,
  tagsListed: () => undefined,
  repositoryScan: () => undefined,
  kubeRequest: () => undefined,
  decision: () => undefined,
  update: () => undefined,
  rollback: () => undefined,
  rollout: () => undefined,
  event: () => undefined,
  informerRestart: () => undefined,
  queue: () => undefined,
  leading: () => undefined,
  eventLoopLag: () => undefined,
};
