import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { UpdateTeller } from '../../src/controllers/workloads/update-teller.ts';
import type { EventNote } from '../../src/model/ports.ts';
import { isReason, reasons, stateOf } from '../../src/model/reasons.ts';
import type { RolloutOutcome } from '../../src/model/tracked-image.ts';
import { PrometheusMetrics } from '../../src/observe/metrics.ts';
import { aWorkload, containerOf } from '../support/deployments.ts';
import { emptyFleet } from '../support/silence.ts';
import { aStatus } from '../support/tracked-images.ts';
import { readDocument, tableRows } from './markdown.ts';

suite('docs/reference/events.md', () => {
  const told = everythingToldOf();
  const rows = tableRows(readDocument('docs/reference/events.md'));

  test('lists every event that is no reason of an error, with its type', () => {
    const special = told.filter(({ reason }) => !isReason(reason) || isEventToo(reason));
    const listed = rows.filter(([reason]) => reason !== '`WriteDenied`');
    assert.deepEqual(
      distinct(listed.map(([reason, type]) => `${reason} ${type}`)),
      distinct(special.map(({ reason, type }) => `\`${reason}\` ${type}`)),
    );
  });

  test('is right in that every other event is a warning with a reason of an error or a deferral', () => {
    const others = told.filter(({ reason }) => !rows.some(([listed]) => listed === `\`${reason}\``));
    assert.ok(others.length > 0);
    for (const { reason, type } of others) {
      assert.ok(isReason(reason), reason);
      assert.match(stateOf(reason), /^(?:Error|Deferred)$/);
      assert.equal(type, 'Warning');
    }
  });
});

/** Has the teller tell everything that it can tell. */
function everythingToldOf(): readonly EventNote[] {
  const told: EventNote[] = [];
  const silent = () => undefined;
  const teller = new UpdateTeller({
    events: { emit: (event) => told.push(event) },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    metrics: new PrometheusMetrics({ ...emptyFleet, containers: true }, { version: 'test', server: 'api' }),
  });
  const workload = aWorkload();
  const container = containerOf(workload);
  for (const reason of Object.keys(reasons).filter(isReason)) {
    teller.decided(workload, container.name, undefined, aStatus(reason, { candidate: '2' }));
  }
  teller.misplaced(workload, { reason: 'InvalidPolicy', message: 'because' });
  const update = { from: 'a:1', to: 'a:2', digest: undefined, at: '', generation: 2, seconds: undefined };
  teller.remembered(workload, container.name, { ...update, outcome: 'InProgress' });
  teller.warned(workload, container.name, [
    { type: 'CredentialsRejected', reason: 'Unauthorized', message: 'because' },
  ]);
  teller.undone(workload, container.name, { from: 'a:2', to: 'a:1' });
  teller.released(workload, 'web-0');
  for (const reason of ['ForeignChange', 'Reverted'] as const) {
    teller.foreign(workload, container.name, reason, 'because');
  }
  const outcomes: readonly RolloutOutcome[] = [
    'Verified',
    'Failed',
    'Superseded',
    'Unverified',
    'AppliedPendingRestart',
  ];
  for (const outcome of outcomes) {
    const entry = { from: 'a:1', to: 'a:2', digest: undefined, at: '', outcome, generation: 2, seconds: 1 };
    teller.ended(workload, container.name, entry, 'done');
  }
  return told;
}

/** Reasons of the catalogue under which something that happened, or was found, is told as well. */
function isEventToo(reason: string): boolean {
  const happened = ['RolloutFailed', 'AppliedPendingRestart', 'RolledBack', 'ForeignChange', 'Reverted'];
  return [...happened, 'OutsidePolicy'].includes(reason);
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}
