import { type Contender, plimsoll } from './contender.ts';
import type { Work } from './fleet.ts';
import { type IdleLimits, idleBench } from './idle.ts';
import { kubeBench } from './kube.ts';
import type { Measure } from './measure.ts';
import { registryBench } from './registry.ts';
import { hintBench, latencyBench, undoBench, updateBench } from './speed.ts';
import { tryBench } from './try.ts';
import { versioningBench } from './versioning.ts';

/** Measures, all together at the end or one after the other. */
export type Measures = Promise<readonly Measure[]> | AsyncIterable<Measure>;

/** A bench that any controllers can be put through; the measures of each, in their order. */
export type Contest = (contenders: readonly Contender[]) => Promise<readonly (readonly Measure[])[]>;

/**
 * Minutes that a controller with a look a second gets before its CPU time counts: V8 compiles what has run some hundred times,
 * and what it does not compile costs more each time. It will live for weeks.
 */
const warmUp = 10;

/** Benches of Plimsoll alone, by name. */
export const soloBenches: Readonly<Record<string, () => Measures>> = {
  versioning: versioningBench,
  registry: registryBench,
  try: tryBench,
  digests: digestBench,
  hints: hintBench,
  undo: undoBench,
  kube: kubeBench,
};

/** Benches by name, in which a peer can be measured too. */
export const contests: Readonly<Record<string, Contest>> = {
  'fleet-10': idle(
    { workloads: 10, repositories: 10, interval: 10 },
    { resident: 100, cpu: 1.5, warmUp, looks: 1.05 },
  ),
  'fleet-50': idle({ workloads: 50, repositories: 50, interval: 10 }, { resident: 105, cpu: 5, looks: 1.05 }),
  'fleet-500': idle(
    { workloads: 500, repositories: 500, interval: 30 },
    { resident: 120, cpu: 14, looks: 1.05 },
  ),
  shared: idle({ workloads: 50, repositories: 1, interval: 10 }, { looks: 1.05 }),
  // A registry may give such a list in pages, each a request.
  tags: idle({ workloads: 1, repositories: 1, interval: 10, tags: 5_000 }, { cpu: 1.5, warmUp }),
  update: async (contenders) => inTurn(contenders, updateBench),
  latency: async (contenders) => inTurn(contenders, latencyBench),
};

function idle(work: Omit<Work, 'policy'>, limits: IdleLimits): Contest {
  return async (contenders) => idleBench(contenders, { ...work, policy: 'minor' }, limits);
}

async function digestBench(): Promise<readonly Measure[]> {
  const work: Work = { workloads: 10, repositories: 10, interval: 10, policy: 'digest' };
  const [measures = []] = await idleBench([plimsoll], work, { looks: 1.05 });
  return measures;
}

/** Measures one controller after the other. */
async function inTurn(
  contenders: readonly Contender[],
  bench: (contender: Contender) => Promise<readonly Measure[]>,
): Promise<readonly (readonly Measure[])[]> {
  const found: (readonly Measure[])[] = [];
  for (const contender of contenders) found.push(await bench(contender));
  return found;
}
