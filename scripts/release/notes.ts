/** Prints what the changelog says of a version: `node scripts/release/notes.ts 1.2.3`. */
import { notesOf } from './changelog.ts';
import { readText } from './versions.ts';

const [version = ''] = process.argv.slice(2);
const notes = notesOf(readText('CHANGELOG.md'), version);
if (notes === undefined) {
  console.error(`CHANGELOG.md has no section ${JSON.stringify(version)}`);
  process.exitCode = 1;
} else {
  console.log(notes);
}
