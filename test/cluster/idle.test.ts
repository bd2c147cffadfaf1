import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { textAt } from '../../src/model/json.ts';
import { type Backend, startBackend } from '../behaviour/backend.ts';
import { Shop } from '../behaviour/shop.ts';
import { systemNamespace } from '../support/installation.ts';

/** One request as the API server's audit log tells it. */
interface AuditedRequest {
  readonly verb: string;
  readonly uri: string;
  readonly at: number;
}

const workloads = 20;
const idleMinute = 60_000;

describe('an idle controller', { timeout: 300_000 }, () => {
  const auditLog = process.env['PLIMSOLL_TEST_AUDIT_LOG'];
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    backend = await startBackend();
    shop = await Shop.open(backend);
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
  after(async () => {
    await shop.close();
    await backend.close();
  });

  it('asks the API server for nothing but watches and its lease', {
    skip: auditLog ? false : 'needs an audit log',
  }, async () => {
    // Events are written in the background; the minute begins when the last request is a while ago.
    await setTimeout(5_000);
    const from = Date.now();
    await setTimeout(idleMinute);
    const asked = (await requestsOfPlimsoll(auditLog ?? '')).filter(({ at }) => at >= from);
    const unexpected = asked.filter(({ verb, uri }) => verb !== 'watch' && !uri.includes('/leases'));
    assert.deepEqual(unexpected, []);
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

async function requestsOfPlimsoll(file: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"userAgent":"plimsoll/'));
  return lines.map((line) => {
    const entry: unknown = JSON.parse(line);
    const at = Date.parse(textAt(entry, 'requestReceivedTimestamp') ?? '');
    return { verb: textAt(entry, 'verb') ?? '', uri: textAt(entry, 'requestURI') ?? '', at };
  });
}
