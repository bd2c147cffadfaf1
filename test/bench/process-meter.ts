import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process in MiB (Linux). */
export function residentOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kibibytes) / 102.4) / 10;
}

/**
 * CPU time that a process has used so far, in milliseconds (Linux). Summed over its threads, since `/proc/PID/stat` counts
 * in hundredths of a second, which is more than some of what is measured here.
 */
export function cpuOf(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(folder).map((thread) =>
    Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}
