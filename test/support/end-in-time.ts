/**
 * Loaded before each file of tests: a file that does not end after its last test fails and says what is open, instead of holding
 * up all those behind it until somebody ends the whole run. (`--test-timeout` ends a test, not the process that it leaves open.)
 */
import { after } from 'node:test';

/** Milliseconds that a file may go on after its last test: `?patience=…` of its own import. */
const patience = Number(new URL(import.meta.url).searchParams.get('patience') ?? 30_000);

after(() => {
  // Whoever ends by then is not kept waiting.
  setTimeout(giveUp, patience).unref();
});

function giveUp(): void {
  const open = process.getActiveResourcesInfo().join(', ');
  console.error(
    `the tests of this file are over since ${patience} ms, and it does not end; still open: ${open}`,
  );
  process.exit(1);
}
