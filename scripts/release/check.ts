/**
 * Says whether what lies here may be released: every place names the same version, the changelog has it, and the tag, where
 * one is given, is `v` and that version. `node scripts/release/check.ts [TAG]`.
 */
import { notesOf } from './changelog.ts';
import { readText, statedVersions } from './versions.ts';

const [tag] = process.argv.slice(2);
const stated = statedVersions();
const version = stated[0]?.version ?? '';
const wrong = stated
  .filter((each) => each.version !== version)
  .map((each) => `${each.file} says ${each.version ?? 'nothing'}, package.json ${version}`);
if (tag !== undefined) {
  if (tag !== `v${version}`) wrong.push(`the tag is ${tag}, package.json says ${version}`);
  if (!notesOf(readText('CHANGELOG.md'), version)) wrong.push(`CHANGELOG.md says nothing of ${version}`);
}
for (const line of wrong) console.error(line);
if (wrong.length === 0) console.log(`version ${version}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
