import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  PullCredentials,
  type ResolvedCredentials,
} from '../../../../src/controllers/repositories/pull-credentials.ts';
import { aWorkload, type DeploymentParts } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient, kubeError } from '../../../support/fake-kube-client.ts';
import { secretOf, secretText } from '../../../support/secrets.ts';

const core = '/api/v1/namespaces/shop';
const minute = 60_000;
const { signal } = new AbortController();
let clock: FakeClock;
let cluster: FakeKubeClient;
let credentials: PullCredentials;

beforeEach(() => {
  clock = new FakeClock();
  cluster = new FakeKubeClient();
  credentials = new PullCredentials({ client: cluster, clock, fingerprintKey: Buffer.alloc(32, 1) });
  putAccount();
});

function putAccount(name = 'default', ...secrets: readonly string[]): void {
  const imagePullSecrets = secrets.map((each) => ({ name: each }));
  cluster.put(`${core}/serviceaccounts/${name}`, { metadata: { namespace: 'shop', name }, imagePullSecrets });
}

function putSecret(name: string, host: string, password: string): void {
  const document = JSON.stringify({ auths: { [host]: { username: name, password } } });
  cluster.put(`${core}/secrets/${name}`, {
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { namespace: 'shop', name },
    data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
  });
}

function resolve(parts: DeploymentParts = {}, extraSecret?: string): Promise<ResolvedCredentials> {
  const question = { workload: aWorkload(parts), extraSecret, registry: 'ghcr.io', path: 'shop/app' };
  return credentials.resolve(question, signal);
}

function users(found: ResolvedCredentials): readonly string[] {
  return found.credentials.map(({ username }) => username);
}

test('without any secret access is anonymous', async () => {
  assert.deepEqual(await resolve(), { credentials: [], identity: 'anonymous', problems: [] });
});

test('the secrets of the pod template count, and those of the service account only without them', async () => {
  putAccount('default', 'ofaccount');
  putSecret('ofaccount', 'ghcr.io', 'a');
  putSecret('oftemplate', 'ghcr.io', 'b');
  assert.deepEqual(users(await resolve()), ['ofaccount']);
  assert.deepEqual(users(await resolve({ pullSecrets: ['oftemplate'] })), ['oftemplate']);
});

test('an extra secret comes before the others', async () => {
  putAccount('default', 'ofaccount');
  putSecret('ofaccount', 'ghcr.io', 'a');
  putSecret('extra', 'ghcr.io', 'b');
  assert.deepEqual(users(await resolve({}, 'extra')), ['extra', 'ofaccount']);
});

test('a secret for another registry is not used', async () => {
  putSecret('hub', 'docker.io', 'a');
  assert.equal((await resolve({ pullSecrets: ['hub'] })).identity, 'anonymous');
});

test('equal credentials have one identity, others another, and it shows nothing of them', async () => {
  putSecret('one', 'ghcr.io', secretText('hunter2'));
  const { identity } = await resolve({ pullSecrets: ['one'] });
  assert.equal((await resolve({ pullSecrets: ['one', 'one'] })).identity, identity);
  assert.ok(!identity.includes(secretText('hunter2')));
  putSecret('two', 'ghcr.io', 'hunter3');
  assert.notEqual((await resolve({ pullSecrets: ['two'] })).identity, identity);
});

test('a secret that cannot be read is told and hides no other', async () => {
  putSecret('good', 'ghcr.io', 'a');
  cluster.before = ({ path }) => {
    if (path.endsWith('/secret')) throw kubeError('Forbidden', 'no');
  };
  const found = await resolve({ pullSecrets: ['missing', 'secret', 'good'] });
  assert.deepEqual(users(found), ['good']);
  assert.match(
    found.problems.join('\n'),
    /Secret shop\/missing does not exist\nSecret shop\/secret may not be read/,
  );
});

test('a service account that is missing leaves access anonymous, and says so', async () => {
  cluster.remove(`${core}/serviceaccounts/default`);
  const found = await resolve();
  assert.equal(found.identity, 'anonymous');
  assert.match(found.problems.join(), /ServiceAccount shop\/default does not exist/);
});

test('objects are read once in a quarter of an hour', async () => {
  putSecret('one', 'ghcr.io', 'a');
  await Promise.all([resolve({ pullSecrets: ['one'] }), resolve({ pullSecrets: ['one'] })]);
  await clock.advance(15 * minute - 1);
  await resolve({ pullSecrets: ['one'] });
  assert.equal(cluster.requests.length, 1);
  await clock.advance(1);
  await resolve({ pullSecrets: ['one'] });
  assert.equal(cluster.requests.length, 2);
});

test('what is distrusted is read again, but not within a minute, and only in its namespace', async () => {
  putSecret('one', 'ghcr.io', 'a');
  const { identity } = await resolve({ pullSecrets: ['one'] });
  putSecret('one', 'ghcr.io', 'b');
  credentials.distrust('shop');
  assert.equal((await resolve({ pullSecrets: ['one'] })).identity, identity);
  await clock.advance(minute);
  credentials.distrust('blog');
  assert.equal((await resolve({ pullSecrets: ['one'] })).identity, identity);
  credentials.distrust('shop');
  assert.notEqual((await resolve({ pullSecrets: ['one'] })).identity, identity);
});

test('no more than a thousand objects are kept, those that were used last', async () => {
  putSecret('first', 'ghcr.io', 'a');
  await resolve({ pullSecrets: ['first'] });
  for (let number = 0; number < 1_200; number++) {
    putSecret(`other-${number}`, 'ghcr.io', 'b');
    await resolve({ pullSecrets: [`other-${number}`] });
  }
  const asked = cluster.requests.length;
  await resolve({ pullSecrets: ['other-1199'] });
  assert.equal(cluster.requests.length, asked);
  await resolve({ pullSecrets: ['first'] });
  assert.equal(cluster.requests.length, asked + 1);
});

test('a fault of the API server is thrown and not remembered', async () => {
  cluster.before = () => {
    throw kubeError('Unavailable', 'try later');
  };
  await assert.rejects(resolve(), /try later/);
  cluster.before = () => undefined;
  assert.equal((await resolve()).identity, 'anonymous');
});

test("the operator's credentials come after pull secrets, and make an identity of their own", async () => {
  const asked: unknown[] = [];
  const operator = { username: 'operator', password: secretOf('pw'), source: 'the registries file' };
  credentials = new PullCredentials({
    client: cluster,
    clock,
    fingerprintKey: Buffer.alloc(32, 1),
    configured: (need) => {
      asked.push(need);
      return [operator];
    },
  });
  putSecret('regcred', 'ghcr.io', secretText('pw'));
  const both = await resolve({ pullSecrets: ['regcred'] });
  const alone = await resolve();
  assert.deepEqual(users(both), ['regcred', 'operator']);
  assert.deepEqual(users(alone), ['operator']);
  assert.equal(new Set([both.identity, alone.identity, 'anonymous']).size, 3);
  assert.deepEqual(asked[0], { namespace: 'shop', registry: 'ghcr.io', path: 'shop/app' });
});
