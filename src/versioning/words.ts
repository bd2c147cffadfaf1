/** Pre-release words and their stage; words of one stage are equal. */
const stages: ReadonlyMap<string, number> = new Map([
  ...['dev', 'snapshot', 'nightly', 'canary', 'edge', 'next', 'unstable'].map((word) => [word, 0] as const),
  ...['a', 'alpha'].map((word) => [word, 1] as const),
  ...['b', 'beta'].map((word) => [word, 2] as const),
  ...['m', 'milestone'].map((word) => [word, 3] as const),
  ...['pre', 'preview', 'ea'].map((word) => [word, 4] as const),
  ...['c', 'cr', 'rc'].map((word) => [word, 5] as const),
]);

/** Words that name a channel where no number follows: `1.2.3-dev` is another kind of image, not an earlier one. */
const channels: ReadonlySet<string> = new Set(['dev', 'nightly', 'canary', 'unstable', 'edge', 'next']);

const buildLabels: ReadonlySet<string> = new Set(
  'r rev revision ls build p pl u post k3s rke2r eksbuild gke eks'.split(' '),
);
const labelsWithDigits = ['k3s', 'rke2r'];
const hotfixWords: ReadonlySet<string> = new Set(['security', 'hotfix']);
const neutralWords: ReadonlySet<string> = new Set(['final', 'ga', 'release', 'stable']);
const movingChannels: ReadonlySet<string> = new Set(['nightly', 'edge', 'canary', 'unstable', 'next']);

/** The stage of a pre-release word in lower case, or undefined for any other word. */
export function stageOf(word: string): number | undefined {
  return stages.get(word);
}

/** Whether a pre-release word needs a number to be one: single letters are too common, channels mean a variant. */
export function needsNumber(word: string): boolean {
  return word.length === 1 || channels.has(word);
}

/** Whether a word in lower case counts rebuilds: `r`, `build`, `k3s` … */
export function isBuildLabel(word: string): boolean {
  return buildLabels.has(word);
}

/** Whether a word in lower case counts rebuilds that come after the plain version and may be absent. */
export function isHotfixWord(word: string): boolean {
  return hotfixWords.has(word);
}

/** Whether a word in lower case only says that a version is final. */
export function isNeutralWord(word: string): boolean {
  return neutralWords.has(word);
}

/** Whether a word in lower case names a channel whose tag is pushed again and again. */
export function isMovingChannel(word: string): boolean {
  return movingChannels.has(word);
}

/** The word that a text begins with, in lower case: its letters, or a known label that has digits in it. */
export function leadingWord(text: string): string {
  const lower = text.toLowerCase();
  const label = labelsWithDigits.find((known) => lower.startsWith(known));
  if (label !== undefined) return label;
  let end = 0;
  while (isLowerLetter(lower.charCodeAt(end))) end += 1;
  return lower.slice(0, end);
}

function isLowerLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}
