import assert from 'node:assert/strict';
import { type AppEnd, runApp } from '../../src/app.ts';
import { readRunConfig, type RunConfig } from '../../src/config.ts';
import type { Clock } from '../../src/model/ports.ts';
import { createLogger } from '../../src/observe/log.ts';
import { connectTo } from './connection.ts';
import { searchMetrics } from './search-namespace.ts';

/** What a test wants of a controller. */
export interface ControllerOrder {
  /** Flags of `plimsoll run`. */
  readonly flags: readonly string[];
  readonly clock: Clock;
  /** Told each line of its log, with the end of the line. */
  readonly tell: (line: string) => void;
}

/** A controller that a test has started. */
export interface Controller {
  /** Resolves with how it ended; rejects where it could not be started. */
  readonly ended: Promise<AppEnd>;
  /** Stops it as a SIGTERM does, after its metrics were searched for secrets. Does nothing to one that has ended. */
  stop(): Promise<void>;
}

/** Starts a controller in the process of the tests. */
export function startInProcess(kubeconfig: string, { flags, clock, tell }: ControllerOrder): Controller {
  const config = configOf(['--address=127.0.0.1:0', ...flags]);
  const stop = new AbortController();
  let port: number | undefined;
  const ended = runApp(
    {
      config,
      connection: connectTo(kubeconfig),
      clock,
      logger: createLogger({ level: 'debug', destination: { write: tell } }),
      version: 'test',
      instance: 'test',
      leaderElect: config.leaderElect ?? false,
      listening: (open) => {
        port = open;
      },
    },
    stop.signal,
  );
  return {
    ended,
    stop: async () => {
      if (port !== undefined) await searchMetrics(`127.0.0.1:${port}`);
      stop.abort();
      await ended;
    },
  };
}

function configOf(flags: readonly string[]): RunConfig {
  const configured = readRunConfig(flags, {});
  assert.ok(configured.ok, configured.ok ? '' : configured.message);
  return configured.config;
}
