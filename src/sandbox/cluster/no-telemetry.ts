import type { Logger, Metrics } from '../../model/ports.ts';

/** The simulated cluster counts nothing: its requests are not those of the controller. */
export const noMetrics: Pick<Metrics, 'kubeRequest' | 'informerRestart' | 'queue'> = {
  kubeRequest: () => undefined,
  informerRestart: () => undefined,
  queue: () => undefined,
};

/** The simulated cluster says nothing unless it is given a log. */
export const noLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
