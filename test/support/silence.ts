import type { Logger, Metrics } from '../../src/model/ports.ts';

/** A log that nobody reads. */
export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Metrics that nobody reads. */
export const silentMetrics: Metrics = {
  registryRequest: () => undefined,
  registryQuota: () => undefined,
  repositoryScan: () => undefined,
  kubeRequest: () => undefined,
  decision: () => undefined,
  update: () => undefined,
  rollback: () => undefined,
  rollout: () => undefined,
  event: () => undefined,
  reflector: () => undefined,
  queue: () => undefined,
  leading: () => undefined,
};
