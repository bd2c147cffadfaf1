import type { EffectivePolicy, PolicyRule, SelectionPolicy } from '../model/policy.ts';
import { compareDigits } from './digits.ts';
import type { Version } from './token.ts';
import { tokenise } from './tokenise.ts';
import { isMovingChannel, stageOf } from './words.ts';

/** From this number on, a first number that is no year counts builds and is not a major version. */
const firstSerial = '1000';

/**
 * Whether a tag is meant to be pushed again: a word, a version of one or two numbers, a moving channel, a Maven
 * snapshot. Under a floating tag a new digest is an update; under any other it is a re-tag.
 */
export function isFloating(tag: string): boolean {
  const token = tokenise(tag);
  if (token.kind === 'word') return true;
  return token.kind === 'version' && isFloatingVersion(token);
}

/**
 * Whether a new digest under an unchanged tag is followed. `auto` follows floating tags, and any tag under the policy
 * `digest`; under rules that count (`numeric`, `newest`, the orders `numeric` and `created`) a number is a serial of
 * its own and does not float.
 */
export function followsDigest(
  tag: string,
  rule: PolicyRule,
  digest: EffectivePolicy['digest'],
  order: SelectionPolicy['order'] = 'version',
): boolean {
  if (rule.kind === 'none' || digest === 'hold' || digest === 'ignore') return false;
  if (digest === 'follow' || rule.kind === 'digest') return true;
  const counts =
    rule.kind === 'numeric' || rule.kind === 'newest' || order === 'numeric' || order === 'created';
  return counts ? tokenise(tag).kind === 'word' : isFloating(tag);
}

function isFloatingVersion(version: Version): boolean {
  const { builds, hotfix, prerelease, hash } = version;
  if (hash || builds.length > 0 || hotfix !== undefined) return false;
  if (namesMovingChannel(version.variant)) return true;
  if (prerelease?.rank === stageOf('snapshot') && prerelease?.identifiers.length === 0) return true;
  return hasFewNumbers(version);
}

/** A serial counts builds, and so does one behind a date: `20240721.3`. */
function hasFewNumbers({ components, scheme }: Version): boolean {
  if (components.length > 2) return false;
  return scheme === 'year' || (scheme === 'num' && compareDigits(components[0] ?? '0', firstSerial) < 0);
}

function namesMovingChannel(variant: string): boolean {
  return variant !== '' && variant.toLowerCase().split(/[-_.]/).some(isMovingChannel);
}
