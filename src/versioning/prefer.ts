import { compareCodePoints } from './digits.ts';
import type { Token, Version } from './token.ts';

/** A tag and the version that was read out of it. */
export interface VersionedTag {
  readonly tag: string;
  readonly version: Version;
}

/**
 * Orders tags of equal versions: spelled as the current tag is spelled (prefix, final word, zero padding), then the
 * more specific one, then by code point. Total: zero only for the same tag.
 */
export function compareSpelling(a: VersionedTag, b: VersionedTag, current: Token): number {
  const order = current.kind === 'version' ? compareLikeness(a.version, b.version, current) : 0;
  return (
    order || a.version.components.length - b.version.components.length || compareCodePoints(a.tag, b.tag)
  );
}

function compareLikeness(a: Version, b: Version, current: Version): number {
  return (
    Number(a.prefix === current.prefix) - Number(b.prefix === current.prefix) ||
    Number(a.neutral === current.neutral) - Number(b.neutral === current.neutral) ||
    Number(a.padded === current.padded) - Number(b.padded === current.padded)
  );
}
