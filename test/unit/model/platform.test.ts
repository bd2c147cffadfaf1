import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distinctPlatforms,
  formatPlatform,
  namedPlatform,
  parsePlatform,
  serves,
} from '../../../src/model/platform.ts';

function platform(text: string) {
  const parsed = parsePlatform(text);
  assert.ok(parsed, text);
  return parsed;
}

for (const [text, shown] of [
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm/v7', 'linux/arm/v7'],
  ['windows/amd64', 'windows/amd64'],
  ['linux/constructor', 'linux/constructor'],
] as const) {
  test(`${text} is read as ${shown}`, () => assert.equal(formatPlatform(platform(text)), shown));
}

for (const text of ['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/more', 'Linux/amd64', 'linux amd64']) {
  test(`${JSON.stringify(text)} is no platform`, () => assert.equal(parsePlatform(text), undefined));
}

for (const [image, node, runs] of [
  ['linux/amd64', 'linux/amd64', true],
  ['linux/amd64', 'linux/arm64', false],
  ['windows/amd64', 'linux/amd64', false],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/arm/v6', 'linux/arm', true],
  ['linux/arm/v6', 'linux/arm/v7', true],
  ['linux/arm/v7', 'linux/arm/v6', false],
  ['linux/amd64/v3', 'linux/amd64', true],
  ['linux/amd64/v3', 'linux/amd64/v2', false],
] as const) {
  test(`an image for ${image} ${runs ? 'runs' : 'does not run'} on ${node}`, () => {
    assert.equal(serves(platform(image), platform(node)), runs);
  });
}

test('each platform counts once, however it is spelled', () => {
  const found = distinctPlatforms(['linux/arm64/v8', 'linux/amd64', 'linux/aarch64'].map(platform));
  assert.deepEqual(found.map(formatPlatform), ['linux/amd64', 'linux/arm64']);
});

test('what an image calls its platform is taken as it is, without an empty variant', () => {
  assert.deepEqual(namedPlatform('linux', 'arm', 'v7'), { os: 'linux', architecture: 'arm', variant: 'v7' });
  assert.deepEqual(namedPlatform('linux', 'amd64', ''), { os: 'linux', architecture: 'amd64' });
});

for (const parts of [
  ['', 'amd64'],
  ['linux', 'a'.repeat(21)],
  ['linux', 'amd64\n'],
  ['linux', 'amd64/v1'],
  ['linux', 'arm', 'v 7'],
] as const) {
  const [os, architecture, variant] = parts;
  test(`no node is of the platform ${JSON.stringify(parts)}`, () => {
    assert.equal(namedPlatform(os, architecture, variant), 'illegible');
  });
}
