import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { understandPolicies } from '../../../src/decide/understand-policies.ts';
import { aWorkload } from '../../support/deployments.ts';

const defaults = { interval: 300_000, keelAnnotations: true };

function understand(settings: Readonly<Record<string, string>>) {
  const annotations = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`plimsoll.dev/${key}`, value]),
  );
  const containers = { app: 'app:1', side: 'side:1' };
  return understandPolicies(aWorkload({ annotations, containers }), defaults);
}

suite('understanding the policies of a workload', () => {
  test('tracks every container where all can be read', () => {
    const understood = understand({ policy: 'semver:^1', 'policy.side': 'glob:main-*' });
    assert.deepEqual(understood.ok && understood.value.map(({ container }) => container.name), [
      'app',
      'side',
    ]);
  });

  const broken: readonly (readonly [settings: Readonly<Record<string, string>>, message: RegExp])[] = [
    [{ policy: 'semver:>=' }, /^annotation plimsoll\.dev\/policy: semver:>=: the range cannot be read at/],
    [
      { policy: 'minor', 'policy.side': 'glob:{' },
      /^annotation plimsoll\.dev\/policy\.side: glob:\{: the glob/,
    ],
    [{ policy: 'regexp:(?=a)' }, /^annotation plimsoll\.dev\/policy: regexp:\(\?=a\): the expression/],
    [
      { policy: 'digest', 'allow-tags': 'regexp:(' },
      /^annotation plimsoll\.dev\/allow-tags: allow-tags regexp:\(/,
    ],
    [
      { policy: 'minor', 'ignore-tags.side': 'glob:[' },
      /^annotation plimsoll\.dev\/ignore-tags\.side: ignore-tags glob:\[/,
    ],
    [{ policy: 'glob:*', extract: '(?P<x>.)' }, /^annotation plimsoll\.dev\/extract: .*"x" has no meaning/],
    [
      { policy: 'minor', extract: '(?P<version>.)' },
      /^annotation plimsoll\.dev\/extract: extract belongs to/,
    ],
    [{ policy: 'minor', order: 'numeric' }, /^annotation plimsoll\.dev\/order: order belongs to/],
    [
      { policy: 'regexp:(?P<major>1)', order: 'numeric' },
      /^annotation plimsoll\.dev\/order: groups for parts/,
    ],
  ];
  for (const [settings, message] of broken) {
    test(`tracks nothing under ${JSON.stringify(settings)} and says which annotation is wrong`, () => {
      const understood = understand(settings);
      assert.ok(!understood.ok);
      assert.equal(understood.problem.reason, 'InvalidPolicy');
      assert.match(understood.problem.message, message);
    });
  }

  test('does not ask about containers that nobody tracks', () => {
    assert.ok(understand({ policy: 'none', 'allow-tags': 'regexp:(' }).ok);
  });
});
