import { once } from 'node:events';
import { startCluster } from './cluster.ts';
import { runCommand } from './command.ts';
import { readOptions } from './options.ts';
import { SetupError, startFailed } from './setup-error.ts';
import { createTeardown } from './teardown.ts';

/**
 * Starts the cluster, runs the command, ends the cluster. Runs in namespaces of its own, started by `run.ts` with the directory,
 * the binary and the caller's arguments; the end of the channel to the caller means stop, whatever became of the caller.
 */
async function main(): Promise<number> {
  const [directory = '', binary = '', ...args] = process.argv.slice(2);
  const options = readOptions(args);
  const stop = new AbortController();
  process.once('disconnect', () => stop.abort());
  const ignoreSignal = (): void => undefined; // stopping is the caller's to say, once
  process.on('SIGINT', ignoreSignal).on('SIGTERM', ignoreSignal);

  const teardown = createTeardown();
  try {
    const begin = performance.now();
    const { variables } = await startCluster({
      ...options,
      image: options.pods ? process.env['PLIMSOLL_TEST_IMAGE'] : undefined,
      binary,
      directory,
      teardown,
      signal: stop.signal,
    });
    say(`up in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    const environment = { ...process.env, ...variables };
    const code = options.command.length > 0 ? await runCommand(options.command, environment, stop.signal) : 0;
    if (options.keep) {
      process.send?.(
        Object.entries(variables)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      );
      if (!stop.signal.aborted) await once(stop.signal, 'abort');
    }
    return code;
  } catch (error) {
    if (stop.signal.aborted) return 0; // the caller knows by which signal
    say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
    return startFailed;
  } finally {
    for (const failure of await teardown.run()) say(`teardown: ${String(failure)}`);
  }
}

function say(text: string): void {
  process.stderr.write(`test cluster: ${text}\n`);
}

process.exitCode = await main();
process.exit();
