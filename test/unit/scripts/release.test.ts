import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { notesOf, released } from '../../../scripts/release/changelog.ts';
import { readText, statedVersions, versionPlaces, withVersion } from '../../../scripts/release/versions.ts';
import { version } from '../../../src/version.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const changelog = '# Changes\n\n## Unreleased\n\n### Added\n\n- more\n\n## 1.0.0 (2026-01-01)\n\n- first\n';

suite('the version', () => {
  for (const { file, version: stated } of statedVersions()) {
    test(`is that of the program in ${file}`, () => assert.equal(stated, version));
  }

  test('can be raised in every place', () => {
    for (const { file, pattern } of versionPlaces) {
      const raised = withVersion(readText(file), pattern, '7.8.9-rc.1');
      assert.equal(pattern.exec(raised)?.[1], '7.8.9-rc.1', file);
      assert.equal(raised.split('\n').length, readText(file).split('\n').length);
    }
  });
});

suite('the changelog', () => {
  test('has what belongs to a version, without its heading', () => {
    assert.equal(notesOf(changelog, '1.0.0'), '- first');
    assert.equal(notesOf(changelog, 'Unreleased'), '### Added\n\n- more');
    assert.equal(notesOf(changelog, '1.0'), undefined);
  });

  test('gets a new version from what is unreleased, which then is empty', () => {
    const after = released(changelog, '1.1.0', '2026-02-02');
    assert.equal(notesOf(after, '1.1.0'), '### Added\n\n- more');
    assert.equal(notesOf(after, 'Unreleased'), '');
    assert.throws(() => released(after, '1.2.0', '2026-03-03'), /nothing unreleased/);
    assert.throws(() => released(changelog, '1.0.0', '2026-03-03'), /already has 1.0.0/);
  });

  test('of this repository can be released', () => {
    assert.ok(notesOf(readText('CHANGELOG.md'), 'Unreleased') ?? notesOf(readText('CHANGELOG.md'), version));
  });
});

suite('steps of a release', () => {
  test('publish nothing in a dry run, and say what they would', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-release-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const env = {
      ...process.env,
      RELEASE_OUT: folder,
      IMAGE: 'registry.example/plimsoll',
      VERSION: version,
      DRY_RUN: '1',
    };
    const run = (step: string) =>
      execFileSync(join(root, 'scripts/release', step), { env, encoding: 'utf8' });
    assert.match(
      run('image.sh'),
      /^would run: docker buildx build .*amd64.*arm64.*registry\.example\/plimsoll:/,
    );
    assert.match(run('sbom.sh'), /plimsoll\.cdx\.json/);
    assert.ok(statSync(join(folder, 'plimsoll.spdx.json')).size > 1_000);
    const signed = run('sign.sh').split('\n');
    assert.ok(signed.filter((line) => line !== '').every((line) => line.startsWith('would run: cosign ')));
    assert.ok(statSync(join(folder, 'SHA256SUMS')).size > 100);
  });

  test('say which setting is missing', () => {
    const env = { PATH: process.env['PATH'] ?? '', RELEASE_OUT: tmpdir() };
    assert.throws(
      () => execFileSync(join(root, 'scripts/release/image.sh'), { env, stdio: 'pipe' }),
      /image\.sh: IMAGE must be set/,
    );
  });
});
