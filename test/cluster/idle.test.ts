import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { textAt } from '../../src/model/json.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { auditLines, auditPosition } from '../support/audit-log.ts';
import { systemNamespace } from '../support/installation.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';

/** One request as the API server's audit log tells it. */
interface AuditedRequest {
  readonly verb: string;
  readonly uri: string;
}

const workloads = 20;
const idleMinute = 60_000;
/** Milliseconds without a request after which the controller is done: it writes events in the background. */
const rest = 5_000;

describe('an idle controller', { timeout: 300_000 }, () => {
  const auditLog = process.env['PLIMSOLL_TEST_AUDIT_LOG'];
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    await shop.push('web', '1.0.0');
    for (let index = 0; index < workloads; index++) {
      await shop.deploy({
        name: `web-${index}`,
        image: shop.image('web', '1.0.0'),
        annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/interval': '10s' },
      });
    }
    shop.startEverywhere('--leader-elect');
    for (let index = 0; index < workloads; index++) await shop.saying(`web-${index}`, 'UpToDate');
  });

  it('asks the API server for nothing but watches and its lease', {
    skip: auditLog ? false : 'needs an audit log',
  }, async () => {
    const log = auditLog ?? '';
    const isAtRest = async () => {
      const position = auditPosition();
      await setTimeout(rest);
      return !requestsIn(log, position).some(isWork);
    };
    await until('the controller to be at rest', isAtRest, 60_000);
    const position = auditPosition();
    await setTimeout(idleMinute);
    const asked = requestsIn(log, position);
    assert.deepEqual(asked.filter(isWork), []);
    assert.ok(
      asked.some(({ uri }) => uri.includes('/leases/plimsoll')),
      'the lease was renewed',
    );
  });

  it('ends cleanly when it is told to, and lets the lease go', async () => {
    const path = objectPath(resources.leases, systemNamespace, 'plimsoll');
    assert.notEqual(textAt(await shop.find(path), 'spec', 'holderIdentity') ?? '', '');
    const ended = shop.ended();
    await shop.stop();
    assert.equal(await ended, 'ended');
    const lease = await shop.find(path);
    assert.ok(lease);
    assert.equal(textAt(lease, 'spec', 'holderIdentity') ?? '', '');
  });
});

/** Whether somebody asks for more than to be told of changes, and to stay the leader. */
function isWork({ verb, uri }: AuditedRequest): boolean {
  return verb !== 'watch' && !uri.includes('/leases');
}

/** What controllers have asked for, behind a position in an audit log. */
function requestsIn(log: string, since: number): readonly AuditedRequest[] {
  const lines = auditLines(log, since).filter((line) => line.includes('"userAgent":"plimsoll/'));
  return lines.map((line) => {
    const entry: unknown = JSON.parse(line);
    return { verb: textAt(entry, 'verb') ?? '', uri: textAt(entry, 'requestURI') ?? '' };
  });
}
