import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place where the version stands, as the one group of an expression. */
export interface VersionPlace {
  readonly file: string;
  readonly pattern: RegExp;
}

const root = join(import.meta.dirname, '..', '..');
const number = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;

/** Every place that must name the version that is released. */
export const versionPlaces: readonly VersionPlace[] = [
  { file: 'package.json', pattern: new RegExp(`^ {2}"version": "(${number})"`, 'm') },
  { file: 'package-lock.json', pattern: new RegExp(`^ {2}"version": "(${number})"`, 'm') },
  { file: 'package-lock.json', pattern: new RegExp(`^ {6}"version": "(${number})"`, 'm') },
  { file: 'src/version.ts', pattern: new RegExp(`version = '(${number})'`) },
  { file: 'Dockerfile', pattern: new RegExp(`^ARG VERSION=(${number})$`, 'm') },
  ...['README.md', 'docs/install.md'].flatMap((file) =>
    ['build --tag', 'push'].map((command) => ({
      file,
      pattern: new RegExp(`^docker ${command} REGISTRY/plimsoll:(${number})`, 'm'),
    })),
  ),
  { file: 'manifests/base/kustomization.yaml', pattern: new RegExp(`newTag: ['"]?(${number})`) },
  { file: 'manifests/chart/Chart.yaml', pattern: new RegExp(`^version: (${number})$`, 'm') },
  { file: 'manifests/chart/Chart.yaml', pattern: new RegExp(`^appVersion: ['"]?(${number})`, 'm') },
];

/** What each place says, in order; undefined where it says nothing. */
export function statedVersions(): readonly { readonly file: string; readonly version: string | undefined }[] {
  return versionPlaces.map(({ file, pattern }) => ({ file, version: pattern.exec(readText(file))?.[1] }));
}

/** A text of the repository. */
export function readText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The text with another version in the place that a pattern finds. */
export function withVersion(text: string, pattern: RegExp, version: string): string {
  return text.replace(pattern, (found, old: string) => found.replace(old, version));
}
