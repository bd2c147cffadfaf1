import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { explainCommand } from '../../src/commands/explain/explain.ts';
import { planCommand } from '../../src/commands/plan/plan.ts';
import { listPath, resources } from '../../src/kube/resources.ts';
import { at, listAt, textAt } from '../../src/model/json.ts';
import { runCommandLine } from '../support/command-line.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

describe('plan and explain say what a controller would do', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    // What is tested is what somebody types on a machine.
    ({ backend, shop } = await openShop(defer, { controllers: 'local' }));
    await shop.push('web', '1.0.0');
    await shop.push('web', '1.1.0');
    await shop.push('cache', '7');
    await shop.setPolicy('base', { selector: { matchLabels: { tier: 'web' } }, policy: 'minor' });
    await shop.deploy({ name: 'web', image: shop.image('web', '1.0.0'), labels: { tier: 'web' } });
    await shop.deploy({
      name: 'cache',
      image: shop.image('cache', '7'),
      annotations: { 'plimsoll.dev/policy': 'digest', 'plimsoll.dev/suspend': 'true' },
    });
    await shop.deploy({ name: 'other', image: shop.image('web', '1.0.0') });
  });

  async function ask(command: Command, ...args: readonly string[]) {
    const where = ['--kubeconfig', backend.kubeconfig, '--namespace', shop.namespace, '-o', 'json'];
    const { code, output, complaints } = await runCommandLine(command, [...args, ...where]);
    assert.equal(complaints, '');
    const parsed: unknown = JSON.parse(output);
    return { code, containers: listAt(parsed, 'containers'), parsed };
  }

  it('plan finds the update of a workload that an ImagePolicy speaks of', async () => {
    const { code, containers } = await ask(planCommand);
    assert.equal(code, 2);
    assert.deepEqual(
      containers.map((one) => [textAt(one, 'workload', 'name'), textAt(one, 'reason')]),
      [
        ['cache', 'UpToDate'],
        ['web', 'UpdateAvailable'],
      ],
    );
    assert.equal(textAt(containers[1], 'policy', 'from'), 'spec.policy of ImagePolicy base');
    assert.equal(textAt(containers[1], 'update', 'to'), shop.image('web', '1.1.0'));
  });

  it('plan compares a followed digest with what the pods run, and tells the gate that is closed', async () => {
    const digest = await shop.push('cache', '7', { content: 'rebuilt' });
    const { containers } = await ask(planCommand);
    assert.equal(textAt(containers[0], 'reason'), 'Suspended');
    assert.equal(textAt(containers[0], 'candidate'), `7@${digest}`);
    assert.equal(at(containers[0], 'update'), null);
  });

  it('plan --all also says what a policy would do for a workload that has none', async () => {
    const { containers } = await ask(planCommand, '--all', '--policy', 'major');
    const other = containers.find((one) => textAt(one, 'workload', 'name') === 'other');
    assert.equal(textAt(other, 'policy', 'from'), '--policy');
    assert.equal(textAt(other, 'candidate'), '1.1.0');
  });

  it('explain names origins, gates and every tag', async () => {
    const { code, containers } = await ask(explainCommand, 'deploy/web');
    assert.equal(code, 0);
    const [web] = containers;
    assert.deepEqual(at(web, 'tags', 'reasons'), { '1.0.0': 'current', '1.1.0': 'chosen' });
    assert.ok(listAt(web, 'gates').every((gate) => at(gate, 'open') === true));
  });

  it('neither writes anything', async () => {
    /** What anybody wrote but a status, which the controllers of Kubernetes keep in their own time. */
    const written = async () => {
      const object = await shop.deployment('web');
      const writers = listAt(object, 'metadata', 'managedFields').filter(
        (entry) => textAt(entry, 'subresource') === undefined,
      );
      return { writers, generation: at(object, 'metadata', 'generation'), spec: object['spec'] };
    };
    const before = await written();
    await ask(planCommand);
    await ask(explainCommand, 'deploy/web');
    assert.deepEqual(await written(), before);
    const path = listPath(resources.trackedImages, shop.namespace);
    assert.deepEqual(listAt(await shop.find(path), 'items'), []);
  });
});
