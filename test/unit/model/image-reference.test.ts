import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatReference,
  type ImageReference,
  isDigest,
  isTag,
  parseImageReference,
  repositoryOf,
} from '../../../src/model/image-reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

function read(text: string): ImageReference {
  const parsed = parseImageReference(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
  return parsed.value;
}

for (const [text, repository, name, tag] of [
  ['nginx', 'docker.io/library/nginx', 'nginx', undefined],
  ['nginx:1.27', 'docker.io/library/nginx', 'nginx', '1.27'],
  ['bitnami/redis:7', 'docker.io/bitnami/redis', 'bitnami/redis', '7'],
  ['docker.io/nginx:1', 'docker.io/library/nginx', 'docker.io/nginx', '1'],
  ['index.docker.io/library/nginx', 'docker.io/library/nginx', 'index.docker.io/library/nginx', undefined],
  ['localhost/app:dev', 'localhost/app', 'localhost/app', 'dev'],
  ['localhost:5000/app', 'localhost:5000/app', 'localhost:5000/app', undefined],
  ['REG.example.com/Team'.toLowerCase() + ':x', 'reg.example.com/team', 'reg.example.com/team', 'x'],
  ['Reg.Example.com/team/app', 'reg.example.com/team/app', 'Reg.Example.com/team/app', undefined],
  ['[::1]:5000/a/b__c/d-e:t', '[::1]:5000/a/b__c/d-e', '[::1]:5000/a/b__c/d-e', 't'],
  ['10.0.0.1/app', '10.0.0.1/app', '10.0.0.1/app', undefined],
] as const) {
  test(`${text} names ${repository}`, () => {
    const reference = read(text);
    assert.equal(repositoryOf(reference), repository);
    assert.deepEqual([reference.name, reference.tag], [name, tag]);
  });
}

test('tag and digest are both kept', () => {
  const reference = read(`ghcr.io/o/app:1.2@${digest}`);
  assert.deepEqual([reference.tag, reference.digest], ['1.2', digest]);
});

for (const text of [
  '',
  ' ',
  ':',
  'nginx:',
  'nginx:-a',
  `nginx:${'a'.repeat(129)}`,
  'Nginx',
  'BAD::x',
  '[2001:db8:3:4::192.0.2.33]:5000/x',
  '[fe80::1%eth0]:5000/x',
  'a//b',
  '/a',
  'a/',
  'a/b/',
  'ngi nx',
  'nginx@sha256:abc',
  `nginx@${digest}@${digest}`,
  `nginx@${digest.toUpperCase()}`,
  `@${digest}`,
  'host:0/app',
  'host:70000/app',
  'a..b/c.d/..',
  '-host.example/app',
  'a'.repeat(1_025),
  `x/${'a'.repeat(256)}`,
  'f'.repeat(64),
  'nginx\n',
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused with one line that quotes it`, () => {
    const parsed = parseImageReference(text);
    assert.ok(!parsed.ok);
    assert.equal(parsed.problem.reason, 'InvalidImage');
    assert.doesNotMatch(parsed.problem.message, /[\n\r]/);
    assert.ok(parsed.problem.message.length < 500);
  });
}

test('only lower-case digests of full length are digests', () => {
  assert.ok(isDigest(digest));
  assert.ok(isDigest(`sha512:${'0f'.repeat(64)}`));
  for (const text of ['', 'sha256:', digest.slice(0, -1), `${digest}0`, `md5:${'a'.repeat(32)}`]) {
    assert.ok(!isDigest(text), text);
  }
});

const tagStart = 'ABCXYZabcxyz0189_'.split('');
const tags = fc
  .tuple(
    fc.constantFrom(...tagStart),
    fc.string({ unit: fc.constantFrom(...tagStart, '.', '-'), maxLength: 127 }),
  )
  .map(([first, rest]) => first + rest);
const words = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const hosts = fc.constantFrom('', 'ghcr.io/', 'localhost/', 'reg.example.com:5000/', '[fd00::1]:443/');
const names = fc
  .tuple(hosts, fc.array(words, { minLength: 1, maxLength: 4 }))
  .map(([host, path]) => host + path.join('/'));

test('a reference that is written is read back as it was', () => {
  fc.assert(
    fc.property(names, fc.option(tags, { nil: undefined }), fc.boolean(), (name, tag, pinned) => {
      fc.pre(parseImageReference(name).ok);
      const written = formatReference(name, tag, pinned ? digest : undefined);
      const reference = read(written);
      assert.equal(formatReference(reference.name, reference.tag, reference.digest), written);
      assert.deepEqual([reference.name, reference.tag], [name, tag]);
    }),
  );
});

test('the canonical repository names itself', () => {
  fc.assert(
    fc.property(names, (name) => {
      const parsed = parseImageReference(name);
      // A first component with a dot or underscore may look like a host and be none.
      fc.pre(parsed.ok);
      const repository = repositoryOf(parsed.value);
      assert.equal(repositoryOf(read(repository)), repository);
    }),
  );
});

test('every text is either read or refused, never thrown at', () => {
  fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void parseImageReference(text)));
  fc.assert(fc.property(fc.string(), (text) => void isTag(text)));
});

test('hostile names take no longer than others', () => {
  for (const text of ['a'.repeat(1_024), 'a-'.repeat(512), `${'a.'.repeat(500)}/x`, '_'.repeat(1_024)]) {
    const begin = performance.now();
    parseImageReference(text);
    // An expression that tries every way would take longer than anybody waits, however fast the machine.
    assert.ok(performance.now() - begin < 10_000);
  }
});
