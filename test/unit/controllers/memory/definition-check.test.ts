import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { parse } from 'yaml';
import { DefinitionCheck, OutdatedDefinition } from '../../../../src/controllers/memory/definition-check.ts';
import { fullStatus } from '../../../../src/controllers/memory/full-status.ts';
import { at, isJsonObject, listAt } from '../../../../src/model/json.ts';
import {
  deploy,
  deploymentPatches,
  imageIn,
  killControllers,
  newWorld,
  startController,
} from '../../../support/controller-harness.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { RecordingLog } from '../../../support/recorders.ts';
import { aTrackedImage } from '../../../support/tracked-images.ts';

const { signal } = new AbortController();
const tracked = aTrackedImage('UpToDate');
const older = kubeError(
  'Invalid',
  '… strict decoding error: unknown field "status.history[0].at", unknown field "status.history[1].at"',
);

/** An API server that answers every request with an error, or takes it; it counts what it is asked. */
class Server {
  answer: Error | undefined;
  asked: unknown[] = [];
  patch = async (_path: string, _body: unknown, { query }: { query?: unknown }) => {
    this.asked.push(query);
    if (this.answer) throw this.answer;
    return {};
  };
}

let server: Server;
let clock: FakeClock;
let logger: RecordingLog;
let check: DefinitionCheck;

beforeEach(() => {
  server = new Server();
  clock = new FakeClock();
  logger = new RecordingLog();
  check = new DefinitionCheck({ client: server, clock, logger });
});

suite('a definition', () => {
  test('that holds everything is asked about once, by a dry run that refuses unknown fields', async () => {
    await Promise.all([check.pass(tracked, signal), check.pass(tracked, signal)]);
    await check.pass(tracked, signal);
    assert.deepEqual(server.asked, [{ fieldManager: 'plimsoll', fieldValidation: 'Strict', dryRun: 'All' }]);
    assert.deepEqual([check.problems, logger.lines], [[], []]);
  });

  test('that is older lets nothing pass, and says what is missing and what to do', async () => {
    server.answer = older;
    await assert.rejects(check.pass(tracked, signal), OutdatedDefinition);
    assert.match(check.problems[0] ?? '', /have no status\.history\.at; run: kubectl apply -f crds\/$/);
  });

  test('that is older is asked about four times a minute, whoever asks, and told once', async () => {
    server.answer = older;
    for (let second = 0; second < 60; second++) {
      await assert.rejects(check.pass(tracked, signal), OutdatedDefinition);
      await clock.advance(1_000);
    }
    assert.equal(server.asked.length, 4);
    assert.deepEqual(
      logger.lines.map(({ level }) => level),
      ['error'],
    );
  });

  test('that somebody brings up to date is noticed', async () => {
    server.answer = older;
    await assert.rejects(check.pass(tracked, signal), OutdatedDefinition);
    server.answer = undefined;
    await clock.advance(15_000);
    await check.pass(tracked, signal);
    assert.deepEqual(check.problems, []);
    assert.equal(logger.lines.at(-1)?.message, 'the custom resources are up to date');
  });

  test('is not called older because nobody answers', async () => {
    server.answer = kubeError('Unavailable', 'away');
    await assert.rejects(check.pass(tracked, signal), /away/);
    server.answer = undefined;
    await check.pass(tracked, signal);
  });
});

test('the status that is asked with has every field of the shipped definition, and every word of its lists', () => {
  const file = join(import.meta.dirname, '../../../../crds/plimsoll.dev_trackedimages.yaml');
  const definition: unknown = parse(readFileSync(file, 'utf8'));
  const [version] = listAt(definition, 'spec', 'versions');
  const missing: string[] = [];
  const compare = (schema: unknown, values: readonly unknown[], path: string): void => {
    const properties = at(schema, 'properties');
    for (const [name, each] of Object.entries(isJsonObject(properties) ? properties : {})) {
      const found = values.map((value) => at(value, name)).filter((value) => value !== undefined);
      const inner = `${path}.${name}`;
      if (found.length === 0) missing.push(inner);
      const items = at(each, 'items');
      if (items === undefined) compare(each, found, inner);
      else
        compare(
          items,
          values.flatMap((value) => listAt(value, name)),
          inner,
        );
      const isOne = ['.state', '.conditions.status'].some((end) => inner.endsWith(end));
      const words = isOne ? [] : listAt(each, 'enum');
      missing.push(
        ...words
          .filter((word) => !found.some((value) => value === word))
          .map((word) => `${inner}: ${String(word)}`),
      );
    }
  };
  compare(at(version, 'schema', 'openAPIV3Schema', 'properties', 'status'), [fullStatus], 'status');
  assert.deepEqual(missing, []);
});

suite('a controller in a cluster whose definition is older', () => {
  afterEach(killControllers);

  const given = () => {
    const world = newWorld();
    world.registry.push('docker.io/library/app', '1.3.0');
    deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } });
    world.cluster.before = ({ dryRun }) => {
      if (dryRun) throw older;
    };
    return world;
  };

  test('changes no workload, and retries nothing hotly', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.advance(3_600_000);
    assert.deepEqual(deploymentPatches(world), []);
    assert.equal(controller.definition.problems.length, 1);
    assert.deepEqual(controller.failures, []);
    const asked = world.cluster.requests.filter(({ dryRun }) => dryRun).length;
    assert.ok(asked <= 241, `${asked} questions in an hour`);
  });

  test('goes on when it is brought up to date', async () => {
    const world = given();
    const controller = await startController(world);
    world.cluster.before = () => undefined;
    await controller.advance(15_000);
    assert.equal(imageIn(world), 'app:1.3.0');
  });
});
