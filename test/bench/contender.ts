import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isJsonObject } from '../../src/model/json.ts';
import { Bundle } from './bundle.ts';
import type { Ground } from './ground.ts';
import { cpuOf, residentOf } from './process-meter.ts';

/** What a workload asks a controller for, in the words of the bench. */
export interface Wish {
  readonly policy: 'minor' | 'digest';
  /** Seconds between two looks. */
  readonly interval: number;
}

/** A controller at work. */
export interface Running {
  /** Resident memory in MiB. */
  resident(): number;
  /** CPU time used so far, in milliseconds. */
  cpu(): number;
  stop(): Promise<void>;
}

/** A controller that can be given the work of a bench. */
export interface Contender {
  readonly name: string;
  /** Where its work is. */
  readonly namespace: string;
  /** How its requests to the API server name it: the beginning of their `User-Agent`. */
  readonly userAgent: string;
  /** The annotations by which a workload asks for something; undefined where it has no words for it. */
  annotations(wish: Wish): Readonly<Record<string, string>> | undefined;
  start(ground: Ground): Promise<Running>;
}

const peerNamespace = 'bench-of-peer';

/** Plimsoll, built and run as the image runs it, with its lease and without a limit on rollouts. */
export const plimsoll: Contender = {
  name: 'plimsoll',
  namespace: 'bench',
  userAgent: 'plimsoll/',
  annotations: ({ policy, interval }) => ({
    'plimsoll.dev/policy': policy,
    'plimsoll.dev/interval': `${interval}s`,
  }),
  async start({ kubeconfig }) {
    await Bundle.build();
    const flags = ['--leader-elect', '--max-rollouts=1000', '--log-level=error', '--address=127.0.0.1:0'];
    // What a peer is asked for is not ours to do.
    const ownWork = ['--no-keel-annotations', `--exclude-namespace=${peerNamespace}`];
    return Bundle.start(['run', `--kubeconfig=${kubeconfig}`, ...flags, ...ownWork]);
  },
};

/** How another controller was named on the command line. */
export interface PeerOptions {
  /** A shell command; it finds the kubeconfig in `KUBECONFIG`. */
  readonly command: string;
  /** A JSON file with the annotations by which a workload asks it to follow minor versions; `{interval}` stands for `10s`. */
  readonly keys: string;
  /** The beginning of its `User-Agent`; the name of its program where left out. */
  readonly agent?: string | undefined;
}

/** A peer, or one line that says what is wrong with what was said of it. */
type FoundPeer =
  | { readonly ok: true; readonly value: Contender }
  | { readonly ok: false; readonly message: string };

/** Another controller, of which only the command and the annotations are known. */
export function peerOf({ command, keys, agent }: PeerOptions): FoundPeer {
  const words = command.split(/\s+/).filter((word) => !/^\w+=/.test(word));
  const program = basename(words[0] ?? '');
  const annotations = readKeys(keys);
  if (annotations === undefined) {
    const message = `--peer-keys ${keys} must be a file with one JSON object: annotations, and a string for each`;
    return { ok: false, message };
  }
  const value: Contender = {
    name: program,
    namespace: peerNamespace,
    userAgent: agent ?? `${program}/`,
    annotations: ({ policy, interval }) =>
      policy === 'minor'
        ? Object.fromEntries(
            annotations.map(([key, value]) => [key, value.replaceAll('{interval}', `${interval}s`)]),
          )
        : undefined,
    start: async ({ kubeconfig }) => new Peer(command, kubeconfig),
  };
  return { ok: true, value };
}

function readKeys(file: string): readonly (readonly [string, string])[] | undefined {
  const keys = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined;
  if (!isJsonObject(keys)) return undefined;
  const pairs = Object.entries(keys);
  const texts = pairs.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
  return texts.length === pairs.length ? texts : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

class Peer implements Running {
  readonly #child: ChildProcess;

  constructor(command: string, kubeconfig: string) {
    // `exec`, so that the process measured is the controller and not the shell before it.
    this.#child = spawn('sh', ['-c', withExec(command)], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });
  }

  resident(): number {
    return residentOf(this.#pid);
  }

  cpu(): number {
    return cpuOf(this.#pid);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  get #pid(): number {
    const { pid, exitCode } = this.#child;
    if (pid === undefined || exitCode !== null) throw new Error(`the peer has ended with ${exitCode}`);
    return pid;
  }
}

/** Variables may stand before a command but not after `exec`. */
function withExec(command: string): string {
  const [variables = ''] = /^(?:\w+=\S*\s+)*/.exec(command) ?? [];
  return `${variables}exec ${command.slice(variables.length)}`;
}
