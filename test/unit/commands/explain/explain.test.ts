import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { explainCommand } from '../../../../src/commands/explain/explain.ts';
import { at, listAt, textAt } from '../../../../src/model/json.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import {
  type EmbeddedRegistry,
  startEmbeddedRegistry,
} from '../../../../src/sandbox/registry/embedded-registry.ts';
import { pushImage } from '../../../../src/sandbox/registry/push.ts';
import { runCommandLine } from '../../../support/command-line.ts';

let registry: EmbeddedRegistry;

before(async () => {
  registry = await startEmbeddedRegistry({ clock: systemClock });
  for (const tag of ['1.2.3', '1.3.0', '2.0.0', 'latest']) {
    await pushImage({ registry: registry.host, repository: 'shop/web', tag, content: tag });
  }
});

after(() => registry.close());

function manifests(annotations: Readonly<Record<string, string>>): string {
  const containers = [{ name: 'app', image: `${registry.host}/shop/web:1.2.3` }];
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations },
    spec: { template: { spec: { containers } } },
  };
  const settings = { 'plimsoll.dev/interval': '10m' };
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', annotations: settings },
  };
  return `${JSON.stringify(namespace)}\n---\n${JSON.stringify(workload)}\n`;
}

const held = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/mode': 'notify' };

async function explain(input: string, ...args: readonly string[]) {
  return runCommandLine(explainCommand, ['-f', '-', ...args], { input });
}

describe('plimsoll explain', () => {
  it('tells what is wrong with a workload that has no containers of its own', async () => {
    const metadata = { name: 'web', annotations: held };
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata,
      spec: { workloadRef },
    };
    const { code, output } = await explain(JSON.stringify(rollout), 'rollout/web');
    assert.equal(code, 1);
    assert.match(output, /^Rollout default\/web\nstate +Error\/InvalidPolicy\nbecause +the pod template/);
  });

  it('gives the effective policy with the origin of each field', async () => {
    const { code, output } = await explain(manifests(held), 'deployment/web', '-o', 'json');
    assert.equal(code, 0);
    const [container] = listAt(JSON.parse(output), 'containers');
    const fields = listAt(container, 'policy', 'fields').map((field) => [
      textAt(field, 'field'),
      textAt(field, 'value'),
      textAt(field, 'from'),
    ]);
    assert.deepEqual(fields.slice(0, 4), [
      ['policy', 'minor', 'annotation plimsoll.dev/policy'],
      ['mode', 'notify', 'annotation plimsoll.dev/mode'],
      ['interval', '10m', 'annotation plimsoll.dev/interval of Namespace default'],
      ['prerelease', 'auto', 'default'],
    ]);
  });

  it('names the choice, and the reason of every tag', async () => {
    const { output } = await explain(manifests(held), 'deployment/web', '-o', 'json');
    const [container] = listAt(JSON.parse(output), 'containers');
    assert.equal(textAt(container, 'tags', 'choice'), '1.3.0');
    assert.deepEqual(at(container, 'tags', 'reasons'), {
      '1.2.3': 'current',
      '1.3.0': 'chosen',
      '2.0.0': 'level',
      latest: 'word',
    });
  });

  it('names the gate that is closed, and why', async () => {
    const { output } = await explain(manifests(held), 'deployment/web', '-o', 'json');
    const [container] = listAt(JSON.parse(output), 'containers');
    const closed = listAt(container, 'gates').filter((gate) => at(gate, 'open') === false);
    assert.deepEqual(
      closed.map((gate) => [textAt(gate, 'gate'), textAt(gate, 'reason')]),
      [['mode', 'NotifyOnly']],
    );
  });

  it('is a page for people, of at most 100 columns', async () => {
    const { output } = await explain(manifests(held), 'deploy/web');
    const lines = output.split('\n');
    assert.equal(lines[0], 'Deployment default/web, container app');
    assert.match(output, /^state {6}Held\/NotifyOnly$/m);
    assert.match(output, /^mode +closed +NotifyOnly: /m);
    assert.match(output, /^2\.0\.0 +level +is newer, but of a level that the policy does not admit$/m);
    assert.ok(lines.every((line) => line.length <= 100));
  });

  it('says that the tag list was cut short, and shows what there is of it', async () => {
    const headers = { 'content-type': 'application/json', link: '<?last=2.0.0>; rel="next"' };
    const body = '{"name":"shop/web","tags":["1.2.3","2.0.0"]}';
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 200, headers, body }, 2);
    const { output } = await explain(manifests(held), 'deployment/web');
    assert.match(output, /^state +Error\/LimitExceeded$/m);
    assert.match(output, /^but +Partial: the tag list was cut short after 2 tags/m);
    assert.match(output, /^2\.0\.0 +level/m);
  });

  it('says of a workload without a policy that it is not followed', async () => {
    const { code, output } = await explain(manifests({}), 'deployment', 'web');
    assert.equal(code, 0);
    assert.match(output, /is not tracked: nobody gives it a policy/);
  });

  it('tells what is wrong with a broken policy, and ends with 1', async () => {
    const { code, output } = await explain(manifests({ 'plimsoll.dev/policy': 'minro' }), 'deploy/web');
    assert.equal(code, 1);
    assert.match(output, /did you mean "minor"/);
  });

  for (const [what, name, told] of [
    ['no name', '', /name one workload as KIND\/NAME/],
    ['a kind that is not followed', 'pod/web', /"pod" is not a kind that is followed/],
    ['a kind that is misspelled', 'deploymnet/web', /did you mean "deployment"/],
    ['a workload that is not there', 'deploy/wbe', /there is no Deployment wbe; did you mean "web"/],
  ] as const) {
    it(`ends with 1 and one line for ${what}`, async () => {
      const { code, complaints } = await explain(manifests(held), name);
      assert.equal(code, 1);
      assert.match(complaints, told);
    });
  }
});
