import type { Command } from './command.ts';
import type { HandleName } from './handle/handles.ts';

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
    name: 'status',
    summary: 'how the tracked containers stand: a table, or everything that is known of one workload',
    load: async () => (await import('./status/status.ts')).statusCommand,
  },
  {
    name: 'history',
    summary: 'the updates that were written, and how they ended',
    load: async () => (await import('./history/history.ts')).historyCommand,
  },
  {
    name: 'check',
    summary: 'look at the registry now',
    load: () => loadHandle('check'),
  },
  {
    name: 'hold',
    summary: 'keep every update of a workload back',
    load: () => loadHandle('hold'),
  },
  {
    name: 'resume',
    summary: 'end a hold',
    load: () => loadHandle('resume'),
  },
  {
    name: 'approve',
    summary: 'let an update through that waits for a person',
    load: () => loadHandle('approve'),
  },
  {
    name: 'skip',
    summary: 'pass over a tag or digest',
    load: () => loadHandle('skip'),
  },
  {
    name: 'retry',
    summary: 'forget what failed, or was put back, so that it may be chosen again',
    load: () => loadHandle('retry'),
  },
  {
    name: 'rollback',
    summary: 'take an update back',
    load: () => loadHandle('rollback'),
  },
  {
    name: 'try',
    summary: 'what the rules say about a list of tags; no cluster, no registry',
    load: async () => (await import('./try/try.ts')).tryCommand,
  },
  {
    name: 'completion',
    summary: 'a script that lets a shell complete command lines: bash, zsh or fish',
    load: async () => (await import('./completion/completion.ts')).completionCommand,
  },
];

/** The handles are small, and loaded together. */
async function loadHandle(name: HandleName): Promise<Command> {
  const [{ handles }, { handleCommand }] = await Promise.all([
    import('./handle/handles.ts'),
    import('./handle/handle-command.ts'),
  ]);
  return handleCommand(handles[name]);
}
