import type { Platform } from '../model/observation.ts';
import { distinctPlatforms, parsePlatform } from '../model/platform.ts';
import { ok, problem, type Result } from '../model/result.ts';

/** The most platforms that an author may name. */
const mostPlatforms = 16;

/** Reads the value of `plimsoll.dev/platforms`: `linux/amd64,linux/arm64`. Each counts once. */
export function parsePlatforms(text: string): Result<readonly Platform[]> {
  const platforms: Platform[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    const platform = parsePlatform(part);
    if (platform === undefined) {
      const shown = JSON.stringify(part.slice(0, 40));
      return problem(
        'InvalidPolicy',
        `must name platforms such as linux/amd64,linux/arm64; ${shown} is none`,
      );
    }
    platforms.push(platform);
  }
  const distinct = distinctPlatforms(platforms);
  if (distinct.length <= mostPlatforms) return ok(distinct);
  return problem('InvalidPolicy', `names more than ${mostPlatforms} platforms`);
}
