import type { ContainerReport } from '../preview/container-report.ts';

/** What would happen now, as `-o json` prints it. */
export interface Plan {
  readonly containers: readonly ContainerReport[];
  readonly summary: {
    readonly containers: number;
    /** Would be applied now. */
    readonly updates: number;
    /** Have a candidate that a closed gate holds. */
    readonly held: number;
    /** Are in an error, or their registry asks to wait. */
    readonly failing: number;
  };
  /** What could not be looked at. */
  readonly warnings: readonly string[];
}

/** Sums up what was found. */
export function planOf(containers: readonly ContainerReport[], warnings: readonly string[]): Plan {
  const count = (holds: (report: ContainerReport) => boolean) => containers.filter(holds).length;
  return {
    containers,
    summary: {
      containers: containers.length,
      updates: count(({ update }) => update !== null),
      held: count((report) => report.update === null && report.candidate !== null && !isFailing(report)),
      failing: count(isFailing),
    },
    warnings,
  };
}

/** Whether nothing can be said of a container for now. */
export function isFailing({ state }: Pick<ContainerReport, 'state'>): boolean {
  return state === 'Error' || state === 'Deferred';
}
