import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { caveatsOf, policyCaveats, saysCaveats } from '../../../../src/controllers/memory/caveats.ts';
import { nothingSeen } from '../../../../src/controllers/repositories/repository-store.ts';
import { RegistryError } from '../../../../src/registry/errors.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import {
  deploy,
  killControllers,
  newWorld,
  nextLook,
  startController,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';

suite('what is to be said of an observation', () => {
  const cases = {
    'nothing of one that is as it should be': [
      { ...nothingSeen, tags: { tags: ['1'], partial: false } },
      [],
      [],
    ],
    'that its list was cut short': [
      { ...nothingSeen, tags: { tags: ['1', '2'], partial: true } },
      [],
      [['Partial', 'LimitExceeded', /cut short after 2 tags/]],
    ],
    'since when it is old': [
      {
        ...nothingSeen,
        problem: { reason: 'Unavailable', message: 'x', until: 1, since: Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
      },
      [],
      [['Stale', 'Unavailable', /seen at 2026-01-02T03:04:05Z/]],
    ],
    'nothing of one that never was': [
      { ...nothingSeen, problem: { reason: 'Unavailable', message: 'x', until: 1 } },
      [],
      [],
    ],
    'which secrets are refused, and that nobody is asked for': [
      { ...nothingSeen, refused: { sources: ['secret shop/a', 'secret shop/b'], instead: undefined } },
      [],
      [
        [
          'CredentialsRejected',
          'Unauthorized',
          /secret shop\/a, secret shop\/b; it is read by anonymous access/,
        ],
      ],
    ],
    'which secrets cannot be read': [
      nothingSeen,
      ['Secret shop/a does not exist'],
      [['CredentialsRejected', 'SecretUnreadable', /^Secret shop\/a does not exist$/]],
    ],
  } as const;
  for (const [name, [observation, problems, expected]] of Object.entries(cases)) {
    test(name, () => {
      const caveats = caveatsOf(observation, problems);
      assert.deepEqual(
        caveats.map(({ type, reason }) => [type, reason]),
        expected.map(([type, reason]) => [type, reason]),
      );
      for (const [index, [, , message]] of expected.entries())
        assert.match(caveats[index]?.message ?? '', message);
    });
  }

  test('says of a policy all that it gives cause for, in one message', () => {
    assert.deepEqual(policyCaveats({ warnings: [] }), []);
    const [caveat, ...more] = policyCaveats({ warnings: ['one thing', 'x'.repeat(2_000)] });
    assert.deepEqual(more, []);
    assert.deepEqual([caveat?.type, caveat?.reason], ['PolicyWarning', 'PolicyInForce']);
    assert.match(caveat?.message ?? '', /^one thing; x+$/);
    assert.equal(caveat?.message.length, 1_024);
  });

  test('is compared with the conditions that say it, and with no other ones', () => {
    const caveat = { type: 'Stale', reason: 'Unavailable', message: 'old' } as const;
    const condition = { ...caveat, status: 'True', lastTransitionTime: '' };
    const ready = { ...condition, type: 'Ready' };
    assert.ok(saysCaveats([ready], []));
    assert.ok(saysCaveats([ready, condition], [caveat]));
    assert.ok(!saysCaveats([ready], [caveat]));
    assert.ok(!saysCaveats([ready, condition], []));
    assert.ok(!saysCaveats([ready, { ...condition, message: 'older' }], [caveat]));
  });
});

suite('the conditions of a TrackedImage', () => {
  const app = 'docker.io/library/app';
  afterEach(killControllers);

  function given(): World {
    const world = newWorld();
    world.registry.push(app, '1.2.3');
    deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } });
    return world;
  }

  function conditionIn({ cluster }: World, type: string) {
    const object = cluster.peek(trackedPath());
    return object && readTrackedImage(object)?.conditions.find((condition) => condition.type === type);
  }

  test('say that a list was cut short for as long as it is, and that a person is needed', async () => {
    const world = given();
    world.registry.partial = true;
    const controller = await startController(world);
    assert.equal(conditionIn(world, 'Partial')?.reason, 'LimitExceeded');
    assert.equal(conditionIn(world, 'Stalled')?.status, 'True');
    world.registry.partial = false;
    await controller.advance(nextLook);
    assert.equal(conditionIn(world, 'Partial'), undefined);
    assert.equal(conditionIn(world, 'Ready')?.status, 'True');
  });

  test('say since when what is known is old, and nothing is written while that goes on', async () => {
    const world = given();
    const controller = await startController(world);
    const seen = new Date(world.clock.now()).toISOString().slice(0, 19);
    world.registry.failure = new RegistryError('Unavailable', 'no answer');
    await controller.advance(nextLook);
    assert.match(conditionIn(world, 'Stale')?.message ?? '', new RegExp(`seen at ${seen}Z`));
    const written = world.cluster.writes.length;
    for (let round = 0; round < 5; round++) await controller.advance(nextLook);
    assert.equal(world.cluster.writes.length, written);
    world.registry.failure = undefined;
    await controller.advance(2 * nextLook);
    assert.equal(conditionIn(world, 'Stale'), undefined);
  });

  test('name a pull secret that the registry refuses although it can be read, which is also an event, once', async () => {
    const world = given();
    world.registry.refusal = { sources: ['secret shop/old'], instead: undefined };
    const controller = await startController(world);
    await controller.advance(nextLook);
    const condition = conditionIn(world, 'CredentialsRejected');
    assert.equal(condition?.status, 'True');
    assert.match(condition.message, /does not accept secret shop\/old; it is read by anonymous access/);
    assert.equal(conditionIn(world, 'Ready')?.status, 'True');
    const events = controller.events.events.filter(({ reason }) => reason === 'CredentialsRejected');
    assert.equal(events.length, 1);
    assert.equal(events[0]?.type, 'Warning');
    world.registry.refusal = undefined;
    await controller.advance(nextLook);
    assert.equal(conditionIn(world, 'CredentialsRejected'), undefined);
  });

  test('say what a policy gives cause for, which is told in the log once and is no event', async () => {
    const world = given();
    const hasty = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/interval': '5s' };
    deploy(world, { annotations: hasty });
    const controller = await startController(world);
    await controller.advance(nextLook);
    assert.match(conditionIn(world, 'PolicyWarning')?.message ?? '', /^an interval below 30s/);
    assert.equal(conditionIn(world, 'Ready')?.status, 'True');
    const told = controller.log.lines.filter(({ message }) => message.includes('below 30s'));
    assert.deepEqual(
      told.map(({ level }) => level),
      ['warn'],
    );
    assert.ok(!controller.events.events.some(({ note }) => note.includes('below 30s')));
    deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } });
    await controller.advance(nextLook);
    assert.equal(conditionIn(world, 'PolicyWarning'), undefined);
  });
});
