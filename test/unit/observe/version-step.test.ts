import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionStep } from '../../../src/observe/version-step.ts';

const steps = [
  ['app:1.4.0', '2.0.0', 'major'],
  ['app:1.4.0', '1.5.0', 'minor'],
  ['app:1.4.0-alpine', '1.4.1-alpine', 'patch'],
  ['app:1.4.0-rc.1', '1.4.0', 'patch'],
  ['app:1.4', '1.4@sha256:1', 'digest'],
  ['app', 'latest@sha256:1', 'digest'],
  ['app:c4f3b2a1', 'd00df00d', 'other'],
  ['app:3', '20240101', 'other'],
  ['not an image', '1', 'other'],
] as const;

for (const [image, candidate, step] of steps) {
  test(`from ${image} to ${candidate} is ${step}`, () => {
    assert.equal(versionStep(image, candidate), step);
  });
}
