import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusLines } from '../../../../src/commands/status/status-lines.ts';
import { statusTable } from '../../../../src/commands/status/status-table.ts';
import { reportTracked } from '../../../../src/commands/tracked/tracked-report.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import { trackedImage, trackedObject } from '../handle/tracked-object.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const at = '2026-01-01T00:00:00Z';

describe('plimsoll status', () => {
  it('prints a table, then why anything is not as it should be, then a sum', () => {
    const held = {
      image: 'registry.example/shop/web:1.2.3',
      candidate: '1.3.0',
      latest: '2.0.0',
      state: 'Held',
      reason: 'OutsideWindow',
      message: '1.3.0 is newer than 1.2.3 and within minor; waits for its window',
    };
    const reports = [trackedImage({}, held), trackedImage()].map(reportTracked);
    assert.deepEqual(statusTable(reports, { everywhere: false, colour: false }), [
      'WORKLOAD        CONTAINER  IMAGE      CANDIDATE  LATEST  REASON',
      'deployment/web  app        web:1.2.3  1.3.0      2.0.0   OutsideWindow',
      'deployment/web  app        web:1.0.0  -          -       UpToDate',
      '',
      'deployment/web app: 1.3.0 is newer than 1.2.3 and within minor; waits for its window',
      '',
      '2 containers: 1 up to date, 0 updating, 1 held, 0 rolled back, 0 failing',
    ]);
  });

  it('names the namespace of each where all are asked for', () => {
    const [, line] = statusTable([reportTracked(trackedImage())], { everywhere: true, colour: false });
    assert.match(line ?? '', /^shop\/deployment\/web /);
  });

  it('prints everything that is known of one workload', () => {
    const image = trackedImage(
      { hold: true, skip: ['1.4.0'], approve: `1.3.0@${digest}` },
      {
        image: 'shop/web:1.2.3',
        state: 'RolledBack',
        reason: 'RolledBack',
        message: 'shop/web:1.3.0 was put back',
        latest: '2.0.0',
        running: [digest],
        history: [{ from: 'shop/web:1.2.3', to: 'shop/web:1.3.0', at, outcome: 'RolledBack', seconds: 72 }],
        rejected: [{ digest, tag: '1.3.0', reason: 'RolloutFailed', message: 'it crashed', at }],
        reverts: [{ manager: 'helm', image: 'shop/web:1.2.2', at }],
      },
    );
    assert.deepEqual(statusLines(reportTracked(image), false), [
      'Deployment shop/web, container app',
      'image      shop/web:1.2.3',
      'status     RolledBack',
      'because    shop/web:1.3.0 was put back',
      'latest     2.0.0',
      'runs       sha256:aaaaaaaaaaaa',
      'held       by a person; plimsoll resume ends it',
      'approved   1.3.0@sha256:aaaaaaaaaaaa',
      'skipped    1.4.0',
      `rejected   1.3.0 (sha256:aaaaaaaaaaaa) at ${at}: it crashed`,
      `reverted   to shop/web:1.2.2 by helm at ${at}`,
      `last       shop/web:1.2.3 -> shop/web:1.3.0 at ${at}: RolledBack after 1m12s`,
    ]);
  });

  it('says so where the controller has told nothing yet', () => {
    const { status: _none, ...object } = trackedObject();
    const image = readTrackedImage(object);
    assert.ok(image);
    const report = reportTracked(image);
    assert.deepEqual([report.image, report.state, report.lastUpdate], [null, null, null]);
    assert.match(statusLines(report, false).join('\n'), /^status +nothing was told yet$/m);
    assert.match(
      statusTable([report], { everywhere: false, colour: false }).join('\n'),
      /^1 containers: 0 up/m,
    );
  });
});
