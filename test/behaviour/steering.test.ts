import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { catalogue } from '../../src/commands/catalogue.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { at, listAt, textAt } from '../../src/model/json.ts';
import { runCommandLine } from '../support/command-line.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const signal = new AbortController().signal;

describe('people steer a controller by the command line', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    // Nothing is looked at by itself within this test.
    shop.start('--poll-interval=6h');
  });

  /** Runs one command line as a person in the namespace of the shop. */
  async function plimsoll(line: string) {
    const [name, ...args] = line.split(' ');
    const command = await catalogue.find((entry) => entry.name === name)?.load();
    assert.ok(command, `there is no command ${name}`);
    const where = ['--kubeconfig', backend.kubeconfig, '--namespace', shop.namespace];
    return runCommandLine(command, [...args, ...where]);
  }

  /** The same, where it has to go well; returns what it printed. */
  async function well(line: string): Promise<string> {
    const { code, output, complaints } = await plimsoll(line);
    assert.equal(code, 0, `${line}\n${output}\n${complaints}`);
    return output;
  }

  async function follow(name: string, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await shop.push(name, '1.0.0');
    const image = shop.image(name, '1.0.0');
    await shop.deploy({ name, image, annotations: { 'plimsoll.dev/policy': 'minor', ...annotations } });
    await shop.saying(name, 'UpToDate');
    await shop.push(name, '1.1.0');
  }

  /** With its digest, where the tag alone may mean something else by now. */
  const runs = (name: string, tag: string) =>
    shop.until(`${name} to run ${tag}`, async () => {
      const [image] = (await shop.imageOf(name))?.split('@') ?? [];
      return image === shop.image(name, tag);
    });

  it('check has the registry looked at, and ends when that is done', async () => {
    await follow('look');
    assert.match(await well('check deployment/look'), /^deployment\/look web: the registry was looked at; /);
    const status = await shop.tracked('look');
    assert.equal(status?.['latest'], '1.1.0');
    await shop.outcome('look', 'Verified');
    const again = await well('check deploy/look');
    assert.match(again, /the registry was looked at; UpToDate: /);
  });

  it('history tells of the update', async () => {
    const [heading, line] = (await well('history deployment/look')).split('\n');
    assert.match(heading ?? '', /^AT +WORKLOAD +CONTAINER +FROM +TO +OUTCOME +TOOK$/);
    assert.match(line ?? '', /^\S+Z +deployment\/look +web +look:1\.0\.0 +1\.1\.0 +Verified +\S+$/);
    const [first] = listAt(JSON.parse(await well('history deployment/look -o json')), 'updates');
    assert.equal(textAt(first, 'to'), shop.image('look', '1.1.0'));
  });

  it('rollback takes it back, and what was left stays out until retry', async () => {
    assert.match(await well('rollback deployment/look'), /: going back to 1\.0\.0/);
    await shop.arrived('look', '1.0.0');
    const checked = await well('check deployment/look');
    assert.match(checked, /; Held\/ForeignChange: a person went back/);
    await runs('look', '1.0.0');

    assert.match(await well('retry deployment/look'), /: forgotten: 1\.1\.0/);
    // Until it is told, the way back leads forward.
    await shop.arrived('look', '1.1.0');
  });

  it('rollback goes back once more where it did so before', async () => {
    await well('rollback deployment/look');
    await runs('look', '1.0.0');
  });

  it('hold keeps an update back, and resume lets it come', async () => {
    await follow('held');
    assert.match(await well('hold deployment/held'), /^deployment\/held web: held: no update is applied/);
    assert.match(await well('check deployment/held'), /; Held\/PersonalHold: /);
    const shown = await well('status');
    assert.match(shown, /^deployment\/held +web +held:1\.0\.0 +1\.1\.0 +1\.1\.0 +PersonalHold$/m);
    assert.match(await well('resume deployment/held'), /: held no longer; /);
    await runs('held', '1.1.0');
  });

  it('skip passes a tag over, and takes the next best one', async () => {
    await follow('passed');
    await shop.push('passed', '1.2.0');
    await well('skip deployment/passed 1.2.0');
    await well('check deployment/passed');
    await shop.arrived('passed', '1.1.0');
    await well('skip deployment/passed 1.2.0 --remove');
    await well('check deployment/passed');
    await runs('passed', '1.2.0');
  });

  it('approve lets through what waits for it', async () => {
    await follow('asked', { 'plimsoll.dev/mode': 'approve' });
    assert.match(await well('check deployment/asked'), /; Held\/AwaitingApproval: /);
    const refused = await plimsoll('approve deployment/asked 1.0.5');
    assert.equal(refused.code, 1);
    assert.match(refused.complaints, /the candidate is 1\.1\.0@sha256:/);
    const { message } = (await shop.tracked('asked')) ?? {};
    const [, line = ''] = /: kubectl plimsoll (approve [^;]*); without/.exec(String(message)) ?? [];
    assert.match(
      await well(line.replace(` -n ${shop.namespace}`, '')),
      /: approved: 1\.1\.0@sha256:/,
      'what the status says works',
    );
    await shop.outcome('asked', 'Verified');
    const [first] = listAt(JSON.parse(await well('status deployment/asked -o json')), 'containers');
    assert.deepEqual([textAt(first, 'state'), at(first, 'asked', 'hold')], ['UpToDate', false]);
  });

  it('says what is wrong in one line', async () => {
    await shop.push('several', '1.0.0');
    const image = shop.image('several', '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    await shop.deploy({ name: 'several', image, annotations, more: { side: image } });
    await shop.deploy({ name: 'alone', image });
    await shop.saying('several', 'UpToDate', 'side');

    for (const [line, complaint] of [
      ['hold deployment/sevral', /there is no Deployment sevral in namespace .*; did you mean "several"\?$/],
      ['hold deployment/alone', /Deployment alone is not tracked: annotate it with plimsoll\.dev\/policy/],
      ['skip deployment/several 2.0.0', /several containers .*--container: side, web$/],
      ['status deployment/several -c app', /no tracked container "app"; it has side, web$/],
      ['rollback deployment/several -c web', /there is no update to take back/],
      ['approve deployment/several -c web', /nothing waits for approval; UpToDate: /],
    ] as const) {
      const { code, output, complaints } = await plimsoll(line);
      assert.deepEqual([code, output], [1, ''], line);
      assert.match(complaints, complaint);
      assert.equal(complaints.split('\n').length, 1);
    }
    assert.equal((await well('hold deployment/several')).split('\n').length, 2);
  });

  it('says that nobody answers, and what was asked stands', async () => {
    await shop.stop();
    const { code, complaints } = await plimsoll('resume deployment/several -c web --timeout=300ms');
    assert.equal(code, 1);
    assert.match(complaints, /resume is written, and nobody answered in time; see that the controller runs/);
    const path = objectPath(resources.trackedImages, shop.namespace, 'deployment.several.web');
    assert.equal(at(await shop.admin.get(path, { signal }), 'spec', 'hold'), false);
    await well('hold deployment/several -c web --wait=false');
  });
});
