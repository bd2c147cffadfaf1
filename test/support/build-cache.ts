import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const keptForDays = 30;

/** Where what takes long to build is kept: `$PLIMSOLL_CACHE`, else `$XDG_CACHE_HOME/plimsoll`, else `~/.cache/plimsoll`. */
export function cacheDirectory(): string {
  const { PLIMSOLL_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  return own ?? join(shared ?? join(homedir(), '.cache'), 'plimsoll');
}

/** Notes that a build was asked for now, and removes those beside it that nobody has asked for in a month. */
export function forgetOldBuilds(used: string): void {
  const now = new Date();
  utimesSync(used, now, now);
  const parent = dirname(used);
  for (const name of readdirSync(parent)) {
    const ageDays = (now.getTime() - statSync(join(parent, name)).mtimeMs) / 86_400_000;
    if (ageDays > keptForDays) rmSync(join(parent, name), { recursive: true });
  }
}
