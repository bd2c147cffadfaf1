import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';
import { LeakFinder } from './secrets.ts';

/** How a child is started whose output is passed on: with colours where people would see them without us in between. */
export function searchedEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return process.stdout.isTTY ? { FORCE_COLOR: '1', ...environment } : environment;
}

/** Milliseconds that output may take after its process has ended; something that the process left behind may hold it open. */
const patience = 2_000;

/**
 * Passes the output of a child on, whose standard streams must be pipes, and looks for secrets of the tests in it.
 * Resolves when the child has ended, with 1 in place of 0 where there was one, and with null where a signal ended it.
 */
export async function searchOutput(child: ChildProcess): Promise<number | null> {
  const finders = [passOn(child.stdout, process.stdout), passOn(child.stderr, process.stderr)];
  const closed = once(child, 'close');
  await once(child, 'exit');
  await Promise.race([closed, setTimeout(patience, undefined, { ref: false })]);
  const leak = finders.map(({ found }) => found).find((found) => found !== undefined);
  if (leak === undefined) return child.exitCode;
  process.stderr.write(`the output of the tests holds one of their secrets: …${leak}…\n`);
  return child.exitCode === 0 ? 1 : child.exitCode;
}

function passOn(from: Readable | null, to: NodeJS.WritableStream): LeakFinder {
  const finder = new LeakFinder();
  const decoder = new StringDecoder();
  from?.on('data', (chunk: Buffer) => {
    finder.take(decoder.write(chunk));
    to.write(chunk);
  });
  return finder;
}
