import { parseImageReference } from '../model/image-reference.ts';

/** The last part of an image's name, with its tag and the beginning of its digest. */
export function shortImage(image: string): string {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return image;
  const { name, tag, digest } = parsed.value;
  const last = name.slice(name.lastIndexOf('/') + 1);
  return shortDigest(
    `${last}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  );
}

/** A digest is cut to twelve digits, as people compare them. */
export function shortDigest(text: string): string {
  return text.replaceAll(
    /@?sha(256|512):([0-9a-f]{12})[0-9a-f]+/g,
    (whole, bits: string, digits: string) => `${whole.startsWith('@') ? '@' : ''}sha${bits}:${digits}`,
  );
}
