import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/model/json.ts';
import { resolvePolicies } from '../../../src/policy/effective-policy.ts';
import { compileImagePolicy } from '../../../src/policy/image-policy.ts';
import { readSetting } from '../../../src/policy/policy-layer.ts';
import { aWorkload, type DeploymentParts } from '../../support/deployments.ts';
import { anImagePolicy } from '../../support/image-policies.ts';

const defaults = { interval: 300_000, keelAnnotations: true };

interface Around {
  readonly namespace?: Readonly<Record<string, string>>;
  readonly policies?: Readonly<Record<string, JsonObject>>;
}

function resolve(parts: DeploymentParts, { namespace = {}, policies = {} }: Around) {
  const imagePolicies = Object.entries(policies).map(([name, spec]) =>
    compileImagePolicy(anImagePolicy(name, spec)),
  );
  return resolvePolicies(aWorkload(parts), defaults, { namespaceAnnotations: namespace, imagePolicies });
}

function policyOf(parts: DeploymentParts, around: Around, container = 'app') {
  const resolved = resolve(parts, around);
  assert.ok(resolved.ok, resolved.ok ? '' : resolved.problem.message);
  return resolved.value.find((one) => one.container.name === container)?.policy;
}

function problemOf(parts: DeploymentParts, around: Around): string {
  const resolved = resolve(parts, around);
  assert.ok(!resolved.ok);
  assert.equal(resolved.problem.reason, 'InvalidPolicy');
  return resolved.problem.message;
}

test('an ImagePolicy alone makes a workload followed, and is named as the origin', () => {
  const policy = policyOf({}, { policies: { base: { policy: 'minor', interval: '1m' } } });
  assert.deepEqual(policy?.rule, { kind: 'minor' });
  assert.deepEqual(policy.origins, {
    rule: 'spec.policy of ImagePolicy base',
    text: 'spec.policy of ImagePolicy base',
    schedule: 'spec.interval of ImagePolicy base',
  });
});

test('a namespace alone makes its workloads followed, and is named as the origin', () => {
  const policy = policyOf({}, { namespace: { 'plimsoll.dev/policy': 'patch' } });
  assert.equal(policy?.origins['rule'], 'annotation plimsoll.dev/policy of Namespace shop');
});

test('a namespace may speak of one container by name, and need not have it in every workload', () => {
  const namespace = { 'plimsoll.dev/policy.side': 'patch' };
  assert.equal(policyOf({}, { namespace }), undefined);
  const containers = { app: 'app:1.0.0', side: 'side:1.0.0' };
  assert.deepEqual(policyOf({ containers }, { namespace }, 'side')?.rule, { kind: 'patch' });
});

test('the five places and Keel are ordered: container, workload, Keel, ImagePolicy, namespace, default', () => {
  const weakest: Around = {
    namespace: { 'plimsoll.dev/policy': 'numeric', 'plimsoll.dev/interval': '1m' },
  };
  const policies = { base: { policy: 'patch' } };
  const keel = { 'keel.sh/policy': 'minor' };
  const own = { 'plimsoll.dev/policy': 'major' };
  const rules = [
    policyOf({}, weakest),
    policyOf({}, { ...weakest, policies }),
    policyOf({ annotations: keel }, { ...weakest, policies }),
    policyOf({ annotations: { ...keel, ...own } }, { ...weakest, policies }),
    policyOf(
      { annotations: { ...keel, ...own, 'plimsoll.dev/policy.app': 'digest' } },
      { ...weakest, policies },
    ),
  ].map((policy) => policy?.rule.kind);
  assert.deepEqual(rules, ['numeric', 'patch', 'minor', 'major', 'digest']);
});

test('a field that a stronger source leaves open is taken from a weaker one', () => {
  const policy = policyOf(
    { annotations: { 'plimsoll.dev/policy': 'minor' } },
    { policies: { base: { pin: true } }, namespace: { 'plimsoll.dev/mode': 'notify' } },
  );
  assert.deepEqual([policy?.pin, policy?.mode], [true, 'notify']);
  assert.equal(policy?.origins['pin'], 'spec.pin of ImagePolicy base');
});

test('order and extract of a weaker source do not follow a stronger policy', () => {
  const around = { policies: { base: { policy: 'glob:*', order: 'numeric' } } };
  const policy = policyOf({ annotations: { 'plimsoll.dev/policy': 'regexp:.*' } }, around);
  assert.equal(policy?.order, 'version');
  assert.equal(policy.origins['order'], undefined);
});

test('of several ImagePolicies the highest priority comes first, of equals the first by name', () => {
  const policies = {
    c: { priority: 5, pin: true },
    b: { policy: 'major', mode: 'notify' },
    a: { policy: 'minor' },
  };
  const policy = policyOf({}, { policies });
  assert.deepEqual([policy?.rule.kind, policy?.pin, policy?.mode], ['minor', true, 'notify']);
});

test('an ImagePolicy speaks of the workloads that its labels and kinds select', () => {
  const policies = {
    web: {
      selector: {
        matchLabels: { tier: 'web' },
        matchExpressions: [{ key: 'stage', operator: 'NotIn', values: ['dev'] }],
      },
      kinds: ['Deployment'],
      policy: 'minor',
    },
    sets: { kinds: ['StatefulSet'], policy: 'major' },
  };
  const kindFor = (labels: Readonly<Record<string, string>>) => policyOf({ labels }, { policies })?.rule.kind;
  assert.equal(kindFor({ tier: 'web' }), 'minor');
  assert.equal(kindFor({ tier: 'web', stage: 'prod' }), 'minor');
  assert.equal(kindFor({ tier: 'web', stage: 'dev' }), undefined);
  assert.equal(kindFor({}), undefined);
});

test('images are matched as the API knows them and as their user writes them; containers by name', () => {
  const containers = { app: 'nginx:1.0.0', side: 'ghcr.io/acme/team/side:1.0.0', other: 'quay.io/x/y:1' };
  const tracked = (spec: JsonObject) => {
    const resolved = resolve({ containers }, { policies: { one: { policy: 'minor', ...spec } } });
    assert.ok(resolved.ok);
    return resolved.value.map(({ container }) => container.name);
  };
  assert.deepEqual(tracked({ images: ['nginx'] }), ['app']);
  assert.deepEqual(tracked({ images: ['docker.io/library/*'] }), ['app']);
  assert.deepEqual(tracked({ images: ['ghcr.io/acme/*'] }), []);
  assert.deepEqual(tracked({ images: ['ghcr.io/acme/**', 'quay.io/{x,z}/?'] }), ['side', 'other']);
  assert.deepEqual(tracked({ containers: ['{app,other}'] }), ['app', 'other']);
});

test('a broken value in any place fails closed, even where a stronger source would decide', () => {
  const own = { 'plimsoll.dev/policy': 'minor' };
  assert.equal(
    problemOf({ annotations: own }, { policies: { base: { policy: 'minro' } } }).split(';')[0],
    'spec.policy of ImagePolicy base = "minro" is not a policy',
  );
  assert.equal(
    problemOf({ annotations: own }, { namespace: { 'plimsoll.dev/intervall': '5m' } }),
    'annotation plimsoll.dev/intervall of Namespace shop is unknown; did you mean "interval"?',
  );
});

test('a broken ImagePolicy that does not speak of a workload leaves it alone', () => {
  const policies = { base: { images: ['other'], policy: 'minro' } };
  assert.equal(policyOf({ annotations: { 'plimsoll.dev/policy': 'minor' } }, { policies })?.text, 'minor');
});

test('an ImagePolicy whose scope cannot be read speaks of everything, so that nothing is let through', () => {
  const problems = [
    { selector: { matchExpressions: [{ key: 'a', operator: 'Maybe' }] } },
    { kinds: ['Deploymnet'] },
    { images: ['nginx@(a|b)'] },
    { containers: ['{app'] },
  ].map((spec) => problemOf({}, { policies: { base: { policy: 'minor', ...spec } } }));
  assert.deepEqual(problems, [
    'spec.selector of ImagePolicy base: the operator "Maybe" must be one of In, NotIn, Exists, DoesNotExist',
    'spec.kinds of ImagePolicy base: "Deploymnet" is not a kind; did you mean "Deployment"?',
    'spec.images of ImagePolicy base: the glob "nginx@(a|b)" has an unexpected "@" at 6',
    'spec.containers of ImagePolicy base: the glob "{app" has a brace that is not closed',
  ]);
});

test('a field that an ImagePolicy does not have is an error, as an unknown annotation is', () => {
  const message = problemOf({}, { policies: { base: { polcy: 'minor' } } });
  assert.equal(message, 'spec.polcy of ImagePolicy base is unknown; did you mean "policy"?');
});

test('policy none, or never as Keel says it, takes a workload out of what surrounds it', () => {
  const namespace = { 'plimsoll.dev/policy': 'minor' };
  assert.equal(policyOf({ annotations: { 'plimsoll.dev/policy': 'none' } }, { namespace }), undefined);
  assert.equal(policyOf({ annotations: { 'keel.sh/policy': 'never' } }, { namespace }), undefined);
});

test('the default of the controller is the weakest source of all', () => {
  const layer = readSetting('policy', 'major', '--policy');
  assert.ok(layer.ok);
  const resolved = resolvePolicies(aWorkload({}), { ...defaults, layer: layer.value });
  assert.ok(resolved.ok);
  assert.equal(resolved.value[0]?.policy.origins['rule'], '--policy');
});
