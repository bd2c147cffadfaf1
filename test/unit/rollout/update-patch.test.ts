import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change } from '../../../src/model/decision.ts';
import { at, isJsonObject, type JsonObject, textAt } from '../../../src/model/json.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { type PatchOperation, testsHold } from '../../../src/rollout/patch-operation.ts';
import { fields } from '../../../src/policy/fields.ts';
import { buildUpdatePatch } from '../../../src/rollout/update-patch.ts';
import { withAt } from '../../../src/sandbox/api-server/json-edit.ts';
import { applyJsonPatch } from '../../../src/sandbox/api-server/json-patch.ts';
import { deployment, type DeploymentParts, workloadOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';

const now = '2026-01-01T00:00:00.000Z';
const digest = digestOf('new');

function changeOf(workload: Workload, name: string, how: Change['how']): Change {
  const container = workload.containers.find((each) => each.name === name);
  assert.ok(container);
  const to = how === 'restart' ? container.image : `${container.name}:9.9.9`;
  return { container, to, how, digest, policy: 'minor' };
}

function patchFor(
  object: JsonObject,
  hows: Readonly<Record<string, Change['how']>>,
): readonly PatchOperation[] {
  const workload = workloadOf(object);
  const changes = Object.entries(hows).map(([name, how]) => changeOf(workload, name, how));
  return buildUpdatePatch(workload, changes, '/spec/template', now);
}

/** The object after a patch, or undefined where a test of the patch fails. */
function apply(object: JsonObject, patch: readonly PatchOperation[]): JsonObject | undefined {
  const outcome = applyJsonPatch(object, patch);
  assert.notEqual(outcome, 'undecodable');
  if (outcome === 'undecodable' || !outcome.ok) return undefined;
  assert.ok(isJsonObject(outcome.document));
  return outcome.document;
}

function imagesOf(object: JsonObject): readonly string[] {
  return workloadOf(object).containers.map(({ image }) => image);
}

/** An object without what an update may change. */
function withoutUpdate(object: JsonObject): string {
  const ours = [
    ['metadata', 'annotations', 'plimsoll.dev/last-update'],
    ['metadata', 'annotations', 'kubernetes.io/change-cause'],
    ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'],
  ];
  const maps = [
    ['metadata', 'annotations'],
    ['spec', 'template', 'metadata', 'annotations'],
  ];
  const mapped = maps.reduce((each, path) => withAt(each, path, at(each, ...path) ?? {}), object);
  const rest = ours.reduce((each, path) => withAt(each, path, undefined), mapped);
  return JSON.stringify(rest).replaceAll(/"image":"[^"]*"/g, '"image":""');
}

const texts = fc.stringMatching(/^[a-z~/."]{1,6}$/);
const annotationMaps = fc.dictionary(
  fc.oneof(
    fc.constantFrom('plimsoll.dev/policy', 'keel.sh/policy', 'plimsoll.dev/last-update', 'a~b/c~1d'),
    texts,
  ),
  texts,
  { maxKeys: 4 },
);
const parts: fc.Arbitrary<DeploymentParts> = fc
  .record({
    annotations: annotationMaps,
    labels: fc.dictionary(fc.constantFrom('keel.sh/policy', 'team'), texts, { maxKeys: 2 }),
    templateAnnotations: fc.option(
      fc.dictionary(fc.constantFrom('kubectl.kubernetes.io/restartedAt', 'x/y'), texts, { maxKeys: 2 }),
      { nil: undefined },
    ),
    paused: fc.constantFrom(undefined, false),
    initContainers: fc.constantFrom(undefined, { setup: 'setup:1.0.0' }),
    containers: fc.constantFrom({ app: 'app:1.0.0' }, { side: 'side:1.0.0', app: 'app:1.0.0' }),
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
const cases = fc.tuple(parts, fc.boolean(), fc.boolean()).map(([given, bare, restart]) => {
  const full = withAt(deployment(given), ['metadata', 'uid'], 'uid-web');
  const object = bare ? withAt(full, ['metadata', 'annotations'], undefined) : full;
  const names = workloadOf(object).containers.map(({ name }) => name);
  const hows = Object.fromEntries(
    names.map((name, index) => [name, restart && index === 0 ? 'restart' : 'image'] as const),
  );
  return { object, hows, restart };
});

test('a patch applies to the object that it was built from', () => {
  fc.assert(
    fc.property(cases, ({ object, hows }) => {
      const patch = patchFor(object, hows);
      assert.ok(testsHold(patch, object));
      assert.ok(apply(object, patch));
    }),
  );
});

test('a patch changes nothing but images, the restart mark, our record and the change cause', () => {
  fc.assert(
    fc.property(cases, ({ object, hows, restart }) => {
      const after = apply(object, patchFor(object, hows));
      assert.ok(after);
      assert.deepEqual(JSON.parse(withoutUpdate(after)), JSON.parse(withoutUpdate(object)));
      const restarted = textAt(
        after,
        'spec',
        'template',
        'metadata',
        'annotations',
        'kubectl.kubernetes.io/restartedAt',
      );
      if (restart) assert.equal(restarted, now);
      const expected = workloadOf(object).containers.map(({ name, image }) =>
        hows[name] === 'restart' ? image : `${name}:9.9.9`,
      );
      assert.deepEqual(imagesOf(after), expected);
    }),
  );
});

test('the same patch does not apply twice', () => {
  fc.assert(
    fc.property(cases, ({ object, hows }) => {
      const patch = patchFor(object, hows);
      const after = apply(object, patch);
      assert.ok(after);
      assert.equal(apply(after, patch), undefined);
      assert.ok(!testsHold(patch, after));
    }),
  );
});

const base = {
  annotations: { 'plimsoll.dev/policy': 'minor', 'example.com/x': '1' },
  labels: { 'keel.sh/policy': 'minor' },
  containers: { side: 'side:1.0.0', app: 'app:1.0.0' },
};
const full = withAt(deployment(base), ['metadata', 'uid'], 'uid-web');
const containers = ['spec', 'template', 'spec', 'containers'];
const list = at(full, ...containers);
assert.ok(Array.isArray(list));

for (const [what, changed] of [
  ['another object of that name', withAt(full, ['metadata', 'uid'], 'other')],
  ['another policy', withAt(full, ['metadata', 'annotations', 'plimsoll.dev/policy'], 'patch')],
  ['no policy', withAt(full, ['metadata', 'annotations', 'plimsoll.dev/policy'], undefined)],
  ['another policy of Keel', withAt(full, ['metadata', 'labels', 'keel.sh/policy'], 'never')],
  ['a suspension', withAt(full, ['metadata', 'annotations', 'plimsoll.dev/suspend'], 'true')],
  ['a pause', withAt(full, ['spec', 'paused'], true)],
  ['another image', withAt(full, containers, [list[0], { name: 'app', image: 'app:1.0.1' }])],
  ['containers in another order', withAt(full, containers, list.toReversed())],
  ['a container less', withAt(full, containers, [list[0]])],
] as const) {
  test(`${what} makes the patch fail, and is known for it`, () => {
    const patch = patchFor(full, { app: 'image' });
    assert.equal(apply(changed, patch), undefined);
    assert.ok(!testsHold(patch, changed));
  });
}

const withAnnotation = (key: string, value: string) => withAt(full, ['metadata', 'annotations', key], value);

for (const [key, value] of [
  ['plimsoll.dev/mode', 'notify'],
  ['plimsoll.dev/mode.app', 'approve'],
  ['plimsoll.dev/window', 'Sun 02:00-04:00'],
  ['plimsoll.dev/policy.app', 'none'],
  ['plimsoll.dev/ignore-tags', '9.*'],
  ['plimsoll.dev/managed-elsewhere', 'hold'],
] as const) {
  test(`${key} makes the patch fail where it was added after the decision`, () => {
    const patch = patchFor(full, { app: 'image' });
    const changed = withAnnotation(key, value);
    assert.equal(apply(changed, patch), undefined);
    assert.ok(!testsHold(patch, changed));
  });
}

test('no key that people may write can be added unseen', () => {
  const patch = patchFor(full, { app: 'image' });
  for (const [name, { scope }] of Object.entries(fields)) {
    for (const key of [name, ...(scope === 'image' ? [`${name}.app`] : [])])
      assert.equal(apply(withAnnotation(`plimsoll.dev/${key}`, 'added'), patch), undefined, key);
  }
});

test('a key for a container that is not written does not matter', () => {
  assert.ok(apply(withAnnotation('plimsoll.dev/mode.side', 'notify'), patchFor(full, { app: 'image' })));
});

test('Keel’s keys can be added unseen only where a policy of ours stands, because they do not count then', () => {
  const added = { 'keel.sh/approvals': '1' };
  const ours = patchFor(full, { app: 'image' });
  assert.ok(apply(withAt(full, ['metadata', 'annotations', 'keel.sh/approvals'], '1'), ours));
  const object = withAt(full, ['metadata', 'annotations'], { 'example.com/x': '1' });
  for (const [map, others] of [
    ['annotations', { 'example.com/x': '1' }],
    ['labels', base.labels],
  ] as const) {
    const changed = withAt(object, ['metadata', map], { ...others, ...added });
    assert.equal(apply(changed, patchFor(object, { app: 'image' })), undefined, map);
  }
});

test('an undo fails where it was suspended or forbidden meanwhile, and for nothing else that was added', () => {
  const workload = workloadOf(full);
  const write = { ...changeOf(workload, 'app', 'image'), how: 'undo' as const };
  const patch = buildUpdatePatch(workload, [write], '/spec/template', now);
  assert.equal(apply(withAnnotation('plimsoll.dev/suspend', 'true'), patch), undefined);
  assert.equal(apply(withAnnotation('plimsoll.dev/rollback', 'never'), patch), undefined);
  assert.ok(apply(withAnnotation('plimsoll.dev/mode', 'notify'), patch));
  assert.ok(apply(withAnnotation('plimsoll.dev/window', 'Sun 02:00-04:00'), patch));
});

test('that all annotations are gone meanwhile is known for why the patch failed', () => {
  const object = withAt(full, ['metadata', 'annotations'], { 'example.com/x': '1' });
  const patch = patchFor(object, { app: 'image' });
  const changed = withAt(object, ['metadata', 'annotations'], undefined);
  assert.equal(apply(changed, patch), undefined);
  assert.ok(!testsHold(patch, changed));
});

test('a patch stays small, and within the operations that an API server takes', () => {
  const one = patchFor(full, { app: 'image' });
  assert.ok(JSON.stringify(one).length < 8_192, `${JSON.stringify(one).length} characters`);
  const names = Array.from({ length: 300 }, (_, index) => `c${index}`);
  const crowd = deployment({ containers: Object.fromEntries(names.map((name) => [name, `${name}:1.0.0`])) });
  const all = patchFor(crowd, Object.fromEntries(names.map((name) => [name, 'image' as const])));
  assert.ok(all.length < 10_000, `${all.length} operations`);
});

for (const [what, changed] of [
  ['another annotation', withAt(full, ['metadata', 'annotations', 'example.com/x'], '2')],
  ['more replicas', withAt(full, ['spec', 'replicas'], 9)],
  ['another status', withAt(full, ['status'], {})],
  ['the image of another container', withAt(full, containers, [{ name: 'side', image: 'side:2' }, list[1]])],
] as const) {
  test(`${what} does not make the patch fail`, () => {
    assert.ok(apply(changed, patchFor(full, { app: 'image' })));
  });
}

test('a restart fails where somebody else restarted, or where our last one is not known yet', () => {
  const patch = patchFor(full, { app: 'restart' });
  const mark = ['spec', 'template', 'metadata', 'annotations'];
  assert.equal(apply(withAt(full, mark, { 'kubectl.kubernetes.io/restartedAt': now }), patch), undefined);
  const record = withAt(full, ['metadata', 'annotations', 'plimsoll.dev/last-update'], '{}');
  assert.equal(apply(record, patch), undefined);
});

test('an object of which kubectl’s copy is the only annotation can be patched', () => {
  const kept = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  const object = withAt(full, ['metadata', 'annotations'], kept);
  const after = apply(object, patchFor(object, { app: 'image' }));
  assert.ok(after);
  assert.equal(
    textAt(after, 'metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'),
    '{}',
  );
});

test('the change cause tells the whole update within its limit', () => {
  const after = apply(full, patchFor(full, { side: 'image', app: 'restart' }));
  assert.ok(after);
  const cause = textAt(after, 'metadata', 'annotations', 'kubernetes.io/change-cause') ?? '';
  assert.equal(
    cause,
    `plimsoll: side side:1.0.0 -> side:9.9.9 (minor); app restarted for app:1.0.0@${digest} (minor)`,
  );
});
