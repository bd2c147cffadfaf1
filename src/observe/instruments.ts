import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds, from an answer of a local cache to one that makes people wait. */
const durations = [0.005, 0.02, 0.1, 0.5, 2, 10];

/** Makes metrics that belong to one registry, so that two controllers in one process do not share any. */
export class Instruments {
  readonly #registers: [Registry];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: this.#registers });
  }

  gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: this.#registers });
  }

  /** A gauge that is emptied and filled again by `fill` at each scrape, so that what is gone vanishes. */
  view<L extends string>(name: string, help: string, labelNames: L[], fill: (gauge: Gauge<L>) => void): void {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames,
      registers: this.#registers,
      collect: () => {
        gauge.reset();
        fill(gauge);
      },
    });
  }

  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    buckets: number[] = durations,
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: this.#registers });
  }
}
