import type { Platform } from './observation.ts';

/** Names that people and tools use for an architecture, and the one of Go and of the OCI image specification. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
]);

/**
 * Reads a platform as image tools write it: `linux/amd64`, `linux/arm/v7`. Undefined where it is none.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md (`platform`)
 */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([a-z0-9]+)\/([A-Za-z0-9_-]+)(?:\/([a-z0-9.]+))?$/.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) return undefined;
  return normal({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** More characters than any part of a platform that there is has; three of them fit into a field of `status`. */
const legible = /^[A-Za-z0-9._-]{1,20}$/;

/**
 * The platform that an image names, part by part; an empty variant is none. `illegible`: a part is no word that a node could
 * give as its own, such as a text of a thousand characters.
 */
export function namedPlatform(
  os: string,
  architecture: string,
  variant: string | undefined,
): Platform | 'illegible' {
  const parts = [os, architecture, ...(variant === undefined || variant === '' ? [] : [variant])];
  if (!parts.every((part) => legible.test(part))) return 'illegible';
  return { os, architecture, ...(parts[2] !== undefined && { variant: parts[2] }) };
}

/** A platform as people read it: `linux/arm64`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = normal(platform);
  return [os, architecture, variant].filter((part) => part !== undefined).join('/');
}

/** Each platform once, in the order of its text. */
export function distinctPlatforms(platforms: readonly Platform[]): readonly Platform[] {
  const byText = new Map(platforms.map((platform) => [formatPlatform(platform), normal(platform)]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, platform]) => platform);
}

/**
 * Whether an image for one platform runs on another. A node does not tell its variant, so that any variant may do there;
 * on 32-bit ARM an older variant runs on a newer one.
 */
export function serves(image: Platform, node: Platform): boolean {
  const [offered, wanted] = [normal(image), normal(node)];
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  if (wanted.variant === undefined || offered.variant === undefined || offered.variant === wanted.variant)
    return true;
  return wanted.architecture === 'arm' && armLevel(offered.variant) <= armLevel(wanted.variant);
}

/** The one spelling of a platform: the first variant of 64-bit architectures is the architecture itself. */
function normal({ os, architecture, variant }: Platform): Platform {
  const known = architectures.get(architecture) ?? architecture;
  const isPlain = (known === 'arm64' && variant === 'v8') || (known === 'amd64' && variant === 'v1');
  return {
    os,
    architecture: known,
    ...(variant === undefined || variant === '' || isPlain ? {} : { variant }),
  };
}

function armLevel(variant: string): number {
  return /^v[5-8]$/.test(variant) ? Number(variant.slice(1)) : Number.POSITIVE_INFINITY;
}
