/** The policies that the fleet of a chaos run uses. */
export const policies = ['patch', 'minor', 'major', 'digest', 'none'] as const;
export type FleetPolicy = (typeof policies)[number];

/** A tag that changes its meaning. */
export const movingTag = 'stable';

/** The tag of an image reference of the fleet. */
export function tagOf(image: string): string {
  return /:([^:/@]+)(?:@[^@]+)?$/.exec(image)?.[1] ?? 'latest';
}

/** Anything of that kind: `a.b.c` in decimal digits and nothing else. */
function numbersOf(tag: string): readonly [number, number, number] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(tag);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** Whether `one` is older than `other`; false where either is no version. */
export function isOlder(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  if (!a || !b) return false;
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/**
 * What a policy promises people about plain versions, written down a second time and without the code under test: a tag may
 * be replaced by a newer one within the line that the policy draws, and by nothing else.
 */
export function mayMove(policy: FleetPolicy, from: string, to: string): boolean {
  if (!isOlder(from, to)) return false;
  const [a, b] = [numbersOf(from), numbersOf(to)];
  const parts = { patch: 2, minor: 1, major: 0, digest: undefined, none: undefined }[policy];
  return (
    parts !== undefined &&
    a !== undefined &&
    b !== undefined &&
    a.slice(0, parts).join() === b.slice(0, parts).join()
  );
}

/** Where a policy leads in the end: the newest of the tags that it may move to, else the present one. */
export function destination(policy: FleetPolicy, from: string, tags: readonly string[]): string {
  return tags.reduce((best, tag) => (mayMove(policy, from, tag) && isOlder(best, tag) ? tag : best), from);
}

/** Reads a policy annotation; what is none of the fleet's counts as not tracked. */
export function readPolicy(text: string | undefined): FleetPolicy {
  return policies.find((policy) => policy === text) ?? 'none';
}
