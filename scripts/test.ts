/**
 * `npm test [-- FLAG|PATH|GLOB …]`: runs every test that needs nothing but Node, or those of the files, folders and globs
 * named. Flags go to `node --test`. Fails when nothing ran, which `node --test` would call success, and when a secret of the tests
 * is in what they print.
 */
import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { searchedEnvironment, searchOutput } from '../test/support/searched-output.ts';
import { testCommand } from '../test/support/test-command.ts';

const everything = [
  'test/unit',
  'test/behaviour',
  'test/chaos',
  'test/docs',
  'test/fuzz',
  'test/architecture.test.ts',
];

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('-'));
const named = args.filter((arg) => !arg.startsWith('-'));
const patterns = (named.length > 0 ? named : everything).map((path) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, '**/*.test.ts') : path,
);
const files = globSync(patterns).toSorted();
if (files.length === 0) {
  console.error(`no test file matches ${patterns.join(' ')}`);
  process.exit(1);
}
// Most files wait more than they work.
const concurrency = 2 * availableParallelism();
const child = spawn(process.execPath, testCommand(files, { concurrency, flags }), {
  env: searchedEnvironment(process.env),
  stdio: ['inherit', 'pipe', 'pipe'],
});
process.exitCode = (await searchOutput(child)) ?? 1;
