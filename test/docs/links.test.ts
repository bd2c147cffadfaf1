import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { headings, readDocument, root, withoutCode } from './markdown.ts';

const documents = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })];

suite('links within the documents', () => {
  for (const document of documents.toSorted()) {
    test(`those of ${document} lead somewhere`, () => {
      assert.deepEqual(
        linksOf(document).filter((link) => !resolves(document, link)),
        [],
      );
    });
  }

  test('every document below docs/ can be reached from its index', () => {
    const reached = new Set(['docs/README.md']);
    for (const document of reached) {
      for (const link of linksOf(document)) {
        const target = targetOf(document, link);
        if (target.endsWith('.md') && existsSync(join(root, target))) reached.add(target);
      }
    }
    assert.deepEqual(
      documents.filter((document) => document.startsWith('docs/') && !reached.has(document)),
      [],
    );
  });
});

/** Links to files of this repository and to headings. */
function linksOf(document: string): readonly string[] {
  const text = withoutCode(readDocument(document));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^(?:https?|mailto):/.test(link));
}

function resolves(document: string, link: string): boolean {
  const target = targetOf(document, link);
  if (!existsSync(join(root, target))) return false;
  const anchor = link.split('#')[1];
  return anchor === undefined || headings(readDocument(target)).map(anchorOf).includes(anchor);
}

/** The path from the root of what a link leads to. */
function targetOf(document: string, link: string): string {
  const [path = ''] = link.split('#');
  return path === '' ? document : relative(root, join(root, dirname(document), path));
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
