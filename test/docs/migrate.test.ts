import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { landscapeOfFiles } from '../../src/commands/preview/landscape-of-files.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { resolvePolicies } from '../../src/policy/effective-policy.ts';
import { fields } from '../../src/policy/fields.ts';
import { prefix } from '../../src/policy/annotations.ts';
import { checkPolicy } from '../../src/versioning/select.ts';
import { manifestsIn, readMigrations } from '../support/migrations.ts';
import { codeWords } from './markdown.ts';

/** What each page promises: of every container its policy and, where it is not the default, its mode. */
const promised: Readonly<Record<string, readonly string[]>> = {
  'argocd-image-updater': ['shop/web semver:~1.5', 'shop/cache digest'],
  diun: ['web/web minor notify'],
  flux: ['web/web semver:>=1.5.0, <2.0.0', 'web-nightly/web regexp:main-[a-f0-9]+-(?P<version>[0-9]+)'],
  keel: ['fastapi-web/web minor'],
  renovate: ['shop/web minor', 'shop/cache semver:<8 notify'],
  watchtower: ['web/web digest', 'worker/worker digest notify'],
  wud: ['web/web minor', 'cache/redis digest'],
};

suite('docs/migrate', () => {
  const pages = readMigrations();

  test('has a page for each tool that people come from', () => {
    assert.deepEqual(pages.map(({ tool }) => tool).toSorted(), Object.keys(promised).toSorted());
  });

  for (const { tool, text, before, after } of pages) {
    test(`${tool}: what stands before can be read`, () => {
      assert.notEqual(before, '');
      for (const document of parseAllDocuments(before))
        assert.deepEqual('errors' in document && document.errors, []);
    });

    test(`${tool}: what stands after is followed as the page says`, () => {
      assert.deepEqual(followed(after), promised[tool]);
    });

    if (tool === 'keel') {
      test('keel: what stands before is followed as it is', () => {
        assert.deepEqual(followed(manifestsIn(before)), ['fastapi-web/web keel minor']);
      });
    }

    test(`${tool}: every key of ours that the page names exists`, () => {
      const keys = codeWords(text)
        .filter((word) => word.startsWith(prefix) && word !== prefix)
        .map((word) => word.slice(prefix.length).split(/[.:=\s]/)[0] ?? '');
      for (const key of keys) assert.ok(Object.hasOwn(fields, key), key);
    });
  }
});

/** Every container with its policy and, where it is not the default, its mode. */
function followed(manifests: readonly JsonObject[]): readonly string[] {
  const { workloads, sources } = landscapeOfFiles(manifests, 'shop', () => []);
  return workloads.flatMap((workload) => {
    const defaults = { interval: 300_000, keelAnnotations: true };
    const resolved = resolvePolicies(workload, defaults, sources.around('shop'));
    assert.ok(resolved.ok, resolved.ok ? '' : resolved.problem.message);
    assert.equal(resolved.value.length, workload.containers.length, 'every container is followed');
    return resolved.value.map(({ container, policy }) => {
      assert.deepEqual(checkPolicy(policy), { ok: true, value: undefined });
      const mode = policy.mode === 'auto' ? '' : ` ${policy.mode}`;
      return `${workload.ref.name}/${container.name} ${policy.text}${mode}`;
    });
  });
}
