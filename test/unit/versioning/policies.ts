import type { PolicyRule, SelectionPolicy, TagFilter } from '../../../src/model/policy.ts';

const defaults: SelectionPolicy = {
  rule: { kind: 'major' },
  prerelease: 'auto',
  variant: 'exact',
  precision: 'same',
  scheme: 'same',
  strictZero: false,
  order: 'version',
  extract: undefined,
  allowTags: [],
  ignoreTags: [],
};

/** A policy with the defaults of the annotations: `policyOf('minor', { prerelease: 'true' })`. */
export function policyOf(
  text: string,
  options: Partial<Omit<SelectionPolicy, 'rule'>> = {},
): SelectionPolicy {
  return { ...defaults, ...options, rule: ruleOf(text) };
}

/** Reads a filter as the annotations spell it: `glob:main-*`. */
export function filterOf(text: string): TagFilter {
  const [kind, pattern] = split(text);
  if (kind !== 'glob' && kind !== 'regexp') throw new TypeError(`${text} is no filter`);
  return { kind, pattern };
}

function ruleOf(text: string): PolicyRule {
  const [kind, pattern] = split(text);
  switch (kind) {
    case 'semver':
      return { kind, range: pattern };
    case 'calver':
    case 'glob':
    case 'regexp':
      return { kind, pattern };
    case 'patch':
    case 'minor':
    case 'major':
    case 'digest':
    case 'numeric':
    case 'alphabetical':
    case 'newest':
    case 'none':
      return { kind };
    default:
      throw new TypeError(`${text} is no policy`);
  }
}

function split(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
