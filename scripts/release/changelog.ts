/** What the changelog says of a version, without its heading; undefined where it has no such section. */
export function notesOf(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^(?=## )/m);
  const found = sections.find((section) => headingOf(section).split(' ')[0] === version);
  return found?.slice(found.indexOf('\n')).trim();
}

/** The changelog with its unreleased section under the name of a version and a date (`2026-11-21`). */
export function released(changelog: string, version: string, date: string): string {
  if (notesOf(changelog, version) !== undefined) throw new Error(`CHANGELOG.md already has ${version}`);
  if (!notesOf(changelog, 'Unreleased')) throw new Error('CHANGELOG.md has nothing unreleased');
  return changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${date})\n`);
}

function headingOf(section: string): string {
  return section.startsWith('## ') ? (section.slice(3).split('\n')[0] ?? '') : '';
}
