import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { planCommand } from '../../../../src/commands/plan/plan.ts';
import { at, listAt, textAt } from '../../../../src/model/json.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { pushImage } from '../../../../src/sandbox/registry/push.ts';
import {
  type EmbeddedRegistry,
  startEmbeddedRegistry,
} from '../../../../src/sandbox/registry/embedded-registry.ts';
import { type CommandSurroundings, runCommandLine } from '../../../support/command-line.ts';

let registry: EmbeddedRegistry;
let folder: string;

before(async () => {
  registry = await startEmbeddedRegistry({ clock: systemClock });
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-plan-'));
  for (const tag of ['1.2.3', '1.3.0', '2.0.0', '1.2']) {
    await pushImage({ registry: registry.host, repository: 'shop/web', tag, content: tag });
  }
});

after(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

function deployment(name: string, tag: string, annotations: Readonly<Record<string, string>> = {}) {
  const containers = [{ name: 'app', image: `${registry.host}/shop/web:${tag}` }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations },
    spec: { selector: {}, template: { metadata: {}, spec: { containers } } },
  };
}

const minor = { 'plimsoll.dev/policy': 'minor' };

/** Objects as a YAML stream: JSON is YAML. */
function stream(...objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
}

async function plan(input: string, args: readonly string[] = [], more: CommandSurroundings = {}) {
  return runCommandLine(planCommand, ['-f', '-', ...args], { input, ...more });
}

async function planned(input: string, ...args: readonly string[]) {
  const { code, output } = await plan(input, ['-o', 'json', ...args]);
  const report: unknown = JSON.parse(output);
  return { code, report, containers: listAt(report, 'containers') };
}

describe('plimsoll plan -f', () => {
  it('tells what is wrong with a workload that has no containers of its own', async () => {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', annotations: minor },
      spec: { workloadRef: reference },
    };
    const { code, output } = await plan(stream(rollout));
    assert.equal(code, 1);
    assert.match(output, /^rollout\/web: the pod template .* is that of\s+Deployment web/m);
    const { containers } = await planned(stream(rollout));
    assert.deepEqual(
      containers.map((found) => [textAt(found, 'container'), textAt(found, 'reason')]),
      [['', 'InvalidPolicy']],
    );
  });

  it('says what would be written, and exits with 2 where something would', async () => {
    const { code, containers, report } = await planned(stream(deployment('web', '1.2.3', minor)));
    assert.equal(code, 2);
    const [found] = containers;
    assert.deepEqual(at(found, 'workload'), { kind: 'Deployment', namespace: 'default', name: 'web' });
    assert.deepEqual(at(found, 'policy'), { text: 'minor', from: 'annotation plimsoll.dev/policy' });
    assert.equal(textAt(found, 'reason'), 'UpdateAvailable');
    assert.equal(textAt(found, 'update', 'to'), `${registry.host}/shop/web:1.3.0`);
    assert.equal(textAt(found, 'latest'), '2.0.0');
    assert.deepEqual(at(report, 'summary'), { containers: 1, updates: 1, held: 0, failing: 0 });
  });

  it('exits with 0 where nothing is to be done', async () => {
    const { code, containers } = await planned(stream(deployment('web', '1.3.0', minor)));
    assert.equal(code, 0);
    assert.equal(textAt(containers[0], 'state'), 'UpToDate');
  });

  it('counts what is held as available, and names the reason', async () => {
    const annotations = { ...minor, 'plimsoll.dev/mode': 'notify' };
    const { code, containers } = await planned(stream(deployment('web', '1.2.3', annotations)));
    assert.equal(code, 2);
    assert.equal(textAt(containers[0], 'reason'), 'NotifyOnly');
    assert.equal(at(containers[0], 'update'), null);
    assert.equal(textAt(containers[0], 'candidate'), '1.3.0');
  });

  it('exits with 1 where a policy is broken or a repository cannot be read, and judges the rest', async () => {
    const { code, containers } = await planned(
      stream(
        deployment('broken', '1.2.3', { 'plimsoll.dev/policy': 'minro' }),
        deployment('web', '1.2.3', minor),
      ),
    );
    assert.equal(code, 1);
    assert.deepEqual(
      containers.map((one) => textAt(one, 'reason')),
      ['InvalidPolicy', 'UpdateAvailable'],
    );
  });

  it('takes policies from the ImagePolicies and Namespaces among the manifests, and lists apart', async () => {
    const input = stream({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'shop', annotations: { 'plimsoll.dev/policy': 'patch' } },
        },
        {
          apiVersion: 'plimsoll.dev/v1alpha1',
          kind: 'ImagePolicy',
          metadata: { name: 'base' },
          spec: { selector: { matchLabels: { a: 'b' } }, policy: 'major' },
        },
        deployment('web', '1.2.3'),
      ],
    });
    const { containers } = await planned(input, '--namespace', 'shop');
    assert.deepEqual(at(containers[0], 'policy'), {
      text: 'patch',
      from: 'annotation plimsoll.dev/policy of Namespace shop',
    });
  });

  it('says of a followed digest that a manifest cannot tell which one runs', async () => {
    const { code, containers } = await planned(
      stream(deployment('web', '1.2', { 'plimsoll.dev/policy': 'digest' })),
    );
    assert.equal(code, 0);
    assert.match(textAt(containers[0], 'message') ?? '', /known in a cluster only/);
  });

  it('tries a policy on workloads that have none only when it is asked to', async () => {
    const input = stream(
      deployment('web', '1.2.3'),
      deployment('out', '1.2.3', { 'plimsoll.dev/policy': 'none' }),
    );
    assert.equal((await planned(input)).containers.length, 0);
    const { containers } = await planned(input, '--all');
    assert.deepEqual(
      containers.map((one) => at(one, 'policy')),
      [{ text: 'minor', from: '--policy' }],
    );
    const major = await planned(input, '--all', '--policy', 'major');
    assert.equal(textAt(major.containers[0], 'candidate'), '2.0.0');
  });

  it('reads anchors, and maps that take over what others hold', async () => {
    const { containers } = await planned(
      [
        'apiVersion: apps/v1',
        'kind: Deployment',
        'metadata: {name: web, annotations: {plimsoll.dev/policy: minor}}',
        'spec:',
        '  template:',
        '    spec:',
        '      containers:',
        `      - &app {name: app, image: "${registry.host}/shop/web:1.2.3"}`,
        '      - {<<: *app, name: second}',
      ].join('\n'),
    );
    assert.deepEqual(
      containers.map((one) => textAt(one, 'candidate')),
      ['1.3.0', '1.3.0'],
    );
  });

  for (const [title, text, message] of [
    ['an alias of nothing', 'apiVersion: v1\nkind: X\nmetadata: *nope', /standard input: Unresolved alias/],
    ['a list that holds itself', '&i\napiVersion: v1\nkind: List\nitems: [*i]', /standard input: .*circular/],
    [
      'aliases that grow without end',
      `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]`,
      /standard input: Excessive alias count/,
    ],
    [
      'an annotation that is no text',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {plimsoll.dev/suspend: true}}',
      /the annotation plimsoll\.dev\/suspend of Deployment web is no text; put its value in quotes/,
    ],
  ] as const) {
    it(`refuses ${title} in one line`, async () => {
      const { code, complaints } = await plan(text);
      assert.equal(code, 1);
      assert.match(complaints, message);
      assert.equal(complaints.trim().split('\n').length, 1);
    });
  }

  it('looks at a repository once, however many workloads use it', async () => {
    registry.requests.clear();
    await planned(stream(...['a', 'b', 'c'].map((name) => deployment(name, '1.2.3', minor))));
    const lists = registry.requests.all().filter(({ path }) => path.includes('/tags/list'));
    assert.equal(lists.length, 1);
  });

  it('prints a table of at most 100 columns, in colour only on a terminal without NO_COLOR', async () => {
    const input = stream(
      deployment(`web-${'x'.repeat(60)}`, '1.2.3', minor),
      deployment('api', '1.3.0', minor),
    );
    const plain = await plan(input);
    assert.match(plain.output, /^WORKLOAD +CONTAINER +IMAGE +POLICY +UPDATE +REASON$/m);
    assert.match(plain.output, /^deployment\/api +app +web:1\.3\.0 +minor +- +NoCompatibleTag$/m);
    assert.match(plain.output, /^2 containers followed: 1 to update, 0 held, 0 failing$/m);
    assert.ok(plain.output.split('\n').every((line) => line.length <= 100));
    assert.ok(!plain.output.includes('\u001b'));
    const coloured = await plan(input, [], { terminal: true });
    assert.ok(coloured.output.includes('\u001b[36m'));
    const asked = await plan(input, [], { terminal: true, env: { NO_COLOR: '1' } });
    assert.equal(asked.output, plain.output);
  });

  it('reads files and folders, also YAML of several documents, and passes over what is no object', async () => {
    mkdirSync(join(folder, 'more'), { recursive: true });
    writeFileSync(join(folder, 'web.yaml'), stream(deployment('web', '1.3.0', minor)));
    writeFileSync(join(folder, 'values.yml'), 'replicas: 3\n---\n# nothing\n');
    writeFileSync(join(folder, 'note.txt'), 'not: [yaml');
    writeFileSync(join(folder, 'more', 'api.json'), JSON.stringify(deployment('api', '1.3.0', minor)));
    const flat = await runCommandLine(planCommand, ['-f', folder]);
    assert.match(flat.output, /^1 container followed/m);
    const deep = await runCommandLine(planCommand, ['-R', '-f', folder]);
    assert.match(deep.output, /^2 containers followed/m);
  });

  for (const [what, input, args, told] of [
    ['YAML that cannot be read', 'a: [', [], /^plimsoll plan: standard input:1: /],
    ['manifests without a workload', 'a: b', [], /holds no workload that can be followed/],
    ['a missing file', '', ['-f', '/nowhere'], /\/nowhere cannot be read: ENOENT/],
    ['a policy without --all', '', ['--policy', 'minor'], /--policy goes with --all/],
    ['-A with -f', '', ['-A'], /-A is for a cluster/],
    ['a forgotten -f', '', ['web.yaml'], /Manifests are named by -f/],
  ] as const) {
    it(`ends with 1 and one line for ${what}`, async () => {
      const { code, complaints } = await plan(input, args);
      assert.equal(code, 1);
      assert.match(complaints, told);
      assert.ok(!complaints.includes('\n'));
    });
  }
});
