/**
 * Whether a registry host matches a pattern of a pull secret, as the kubelet has it: both have the same number of
 * labels, and each label matches its own pattern (`*`, `?`, `[a-z]`; never across a dot). Linear in practice: hosts are
 * at most 253 characters and a `*` backtracks within one label only.
 */
export function matchesHost(pattern: string, host: string): boolean {
  const patterns = pattern.split('.');
  const labels = host.split('.');
  return (
    patterns.length === labels.length &&
    patterns.every((glob, index) => matchesLabel(glob, labels[index] ?? ''))
  );
}

/** Shell globbing of one label (Go's filepath.Match): greedy, going back to the last `*` only. */
function matchesLabel(glob: string, label: string): boolean {
  let position = 0;
  let read = 0;
  let star: { readonly glob: number; label: number } | undefined;
  while (read < label.length) {
    if (glob[position] === '*') {
      star = { glob: ++position, label: read };
      continue;
    }
    const next = afterOne(glob, position, label[read] ?? '');
    if (next !== undefined) {
      position = next;
      read++;
    } else if (star !== undefined) {
      star.label++;
      position = star.glob;
      read = star.label;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(position));
}

/** Where the pattern goes on after it took one character, or undefined where it does not take it. */
function afterOne(glob: string, position: number, character: string): number | undefined {
  const symbol = glob[position];
  if (symbol === undefined || symbol === '*') return undefined;
  if (symbol === '?') return position + 1;
  if (symbol === '[') return afterClass(glob, position + 1, character);
  const literal = symbol === '\\' ? position + 1 : position;
  return glob[literal] === character ? literal + 1 : undefined;
}

/** A class such as `[a-z]` or `[^0-9]`; one that never closes takes nothing. */
function afterClass(glob: string, start: number, character: string): number | undefined {
  const end = glob.indexOf(']', start + 1);
  if (end < 0) return undefined;
  const isNegated = glob[start] === '^';
  const members = glob.slice(isNegated ? start + 1 : start, end);
  let found = false;
  for (let index = 0; index < members.length; index++) {
    const low = members[index] ?? '';
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    const high = isRange ? (members[index + 2] ?? low) : low;
    if (isRange) index += 2;
    if (low <= character && character <= high) found = true;
  }
  return found === isNegated ? undefined : end + 1;
}
