import type { Command } from './command.ts';

/** A command under the name that people type; its code is loaded when it is asked for. */
export interface CatalogueEntry {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** Loads the command and what it needs: `try` starts in a fraction of the time that the controller takes. */
  readonly load: () => Promise<Command>;
}

/** Every command of the program, in the order of the overview. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'run',
    summary: 'the controller: follow registries and roll workloads forward, in or outside a cluster',
    load: async () => (await import('./run.ts')).runCommand,
  },
  {
    name: 'demo',
    summary: 'a complete tour on this machine, without a cluster; ends by itself within a minute',
    load: async () => (await import('./demo/demo.ts')).demoCommand,
  },
  {
    name: 'plan',
    summary: 'what would happen now, without doing it; for manifests or a cluster',
    load: async () => (await import('./plan/plan.ts')).planCommand,
  },
  {
    name: 'explain',
    summary: 'why a workload is, or is not, updated: policy, choice, gates and every tag',
    load: async () => (await import('./explain/explain.ts')).explainCommand,
  },
  {
    name: 'try',
    summary: 'what the rules say about a list of tags; no cluster, no registry',
    load: async () => (await import('./try/try.ts')).tryCommand,
  },
];
