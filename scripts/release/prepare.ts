/**
 * Writes a new version into every place that names it, and names the unreleased changes after it:
 * `node scripts/release/prepare.ts 1.2.3 2026-11-21`. Commit the result, and tag the commit `v1.2.3`.
 */
import { writeFileSync } from 'node:fs';
import { released } from './changelog.ts';
import { readText, versionPlaces, withVersion } from './versions.ts';

const [version = '', date = ''] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) || !/^\d{4}-\d{2}-\d{2}$/.test(date)) {
  console.error('usage: node scripts/release/prepare.ts VERSION DATE');
  process.exit(2);
}
const changelog = released(readText('CHANGELOG.md'), version, date);
for (const { file, pattern } of versionPlaces) {
  writeFileSync(new URL(`../../${file}`, import.meta.url), withVersion(readText(file), pattern, version));
}
writeFileSync(new URL('../../CHANGELOG.md', import.meta.url), changelog);
console.log(`version ${version}; look at git diff, commit it, and tag the commit v${version}`);
