import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { explainCommand } from '../../src/commands/explain/explain.ts';
import { planCommand } from '../../src/commands/plan/plan.ts';
import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { runCommandLine } from '../support/command-line.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;

/** Gates that open when a person says so, or when it is time; runs unchanged on the sandbox and on a real cluster. */
describe('an update waits', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    shop.start();
  });

  const deploy = async (name: string, annotations: Readonly<Record<string, string>>) => {
    await shop.push(name, '1.0.0');
    const all = { 'plimsoll.dev/policy': 'minor', ...annotations };
    await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations: all });
    await shop.saying(name, 'UpToDate');
  };

  /** Where a person's commands look, and that they answer in JSON. */
  const asPerson = () => {
    const where = ['--kubeconfig', backend.kubeconfig, '--namespace', shop.namespace];
    return [...where, ...shop.registryFlags, '-o', 'json'];
  };

  const patch = (name: string, body: JsonObject) =>
    shop.admin.patch(objectPath(resources.trackedImages, shop.namespace, `deployment.${name}.web`), body, {
      type: 'merge',
      signal: forever,
    });

  it('for the approval of a person, who is told the line to write', async () => {
    await deploy('approve', { 'plimsoll.dev/mode': 'approve' });
    const digest = await shop.push('approve', '1.1.0');
    const status = await shop.saying('approve', 'AwaitingApproval');
    assert.equal(status['candidate'], `1.1.0@${digest}`);
    const [, line = ''] = /-p '(.*)'$/.exec(String(status['message'])) ?? [];
    const told: unknown = JSON.parse(line);
    assert.ok(isJsonObject(told));
    assert.equal(await shop.imageOf('approve'), shop.image('approve', '1.0.0'));

    await patch('approve', told);
    await shop.outcome('approve', 'Verified');
    assert.equal(await shop.imageOf('approve'), `${shop.image('approve', '1.1.0')}@${digest}`);
    assert.deepEqual(await shop.runningDigests('approve'), [digest]);
  });

  it('for the approval of what a tag means now, and not of what it meant when it was approved', async () => {
    const before = await shop.push('approve', '1.2.0');
    await shop.until('the candidate', async () => {
      const status = await shop.tracked('approve');
      return status?.['candidate'] === `1.2.0@${before}`;
    });
    await shop.stop();
    await patch('approve', { spec: { approve: '1.2.0' } });
    const now = await shop.push('approve', '1.2.0', { content: 'another image' });
    shop.start();
    const status = await shop.until('what it means now', async () => {
      const found = await shop.tracked('approve');
      return found?.['candidate'] === `1.2.0@${now}` ? found : undefined;
    });
    assert.equal(status['reason'], 'AwaitingApproval');
    assert.equal(textAt(status, 'approval', 'image'), `1.2.0@${before}`);
  });

  it('and plan and explain say for what', async () => {
    const where = asPerson();
    const planned = await runCommandLine(planCommand, where);
    assert.equal(planned.code, 2);
    const [report] = listAt(JSON.parse(planned.output), 'containers');
    const status = await shop.tracked('approve');
    assert.equal(textAt(report, 'reason'), 'AwaitingApproval');
    const told = `${textAt(report, 'message')}: ${textAt(report, 'remedy')}; without the plug-in: `;
    assert.ok(textAt(status, 'message')?.startsWith(told), 'what is told is what the controller tells');
    const explained = await runCommandLine(explainCommand, ['deploy/approve', ...where]);
    const [container] = listAt(JSON.parse(explained.output), 'containers');
    const closed = listAt(container, 'gates').filter((gate) => at(gate, 'open') === false);
    assert.deepEqual(
      closed.map((gate) => textAt(gate, 'gate')),
      ['approval'],
    );
  });

  it('refuses an approval that names no image', async () => {
    await assert.rejects(patch('approve', { spec: { approve: 'shop/web:1.2.0' } }), /spec\.approve/);
  });

  it('until it has been seen for long enough, and is applied then without anybody', async () => {
    await deploy('age', { 'plimsoll.dev/min-age': '4s' });
    const digest = await shop.push('age', '1.1.0');
    const status = await shop.saying('age', 'TooYoung');
    const [candidate] = listAt(status, 'pending');
    assert.deepEqual([textAt(candidate, 'tag'), textAt(candidate, 'digest')], ['1.1.0', digest]);
    const verified = await shop.outcome('age', 'Verified');
    const applied = Date.parse(textAt(listAt(verified, 'history')[0], 'at') ?? '');
    assert.ok(applied >= Date.parse(textAt(candidate, 'firstSeen') ?? '') + 4_000);
    await shop.until('the end of the wait', async () => {
      const ended = await shop.tracked('age');
      return ended?.['pending'] === undefined;
    });
  });

  it('for its window, of which everybody is told when it opens', async () => {
    // A window that a clock of today does not enter: the days are those before yesterday.
    const day = (new Date().getUTCDay() + 4) % 7;
    const name = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][day];
    await deploy('window', { 'plimsoll.dev/window': `${name} 09:00-10:00` });
    await shop.push('window', '1.1.0');
    const status = await shop.saying('window', 'OutsideWindow');
    const opens = new Date(textAt(status, 'opensAt') ?? '');
    assert.deepEqual([opens.getUTCDay(), opens.getUTCHours()], [day, 9]);
    assert.ok(textAt(status, 'message')?.includes(`opens at ${opens.toISOString()}`));
    const where = asPerson();
    const { output } = await runCommandLine(explainCommand, ['deploy/window', ...where]);
    const [container] = listAt(JSON.parse(output), 'containers');
    assert.equal(textAt(container, 'opensAt'), opens.toISOString());
  });
});
