import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listPath, resources } from '../../src/kube/resources.ts';
import {
  type EmbeddedRegistry,
  startEmbeddedRegistry,
} from '../../src/sandbox/registry/embedded-registry.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { leakIn, secretText } from '../support/secrets.ts';
import { undoing } from '../support/undoing.ts';
import { type Backend, startBackend } from './backend.ts';
import { Shop } from './shop.ts';

const user = 'robot';
const password = secretText('correct-horse-battery-staple');
const wrongPassword = secretText('wrong-horse-battery-staple');
const { signal } = new AbortController();

/**
 * What people and registries get wrong. The workloads are scaled to zero, so that no node has to pull what this private
 * and lying registry holds; it is an embedded one on both backends.
 */
describe('bad input gets one clear message, and the fleet goes on', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let registry: EmbeddedRegistry;

  before(async () => {
    // The registry that the controller reads is one of this process.
    backend = await startBackend({ controllers: 'local' });
    defer(() => backend.close());
    registry = await startEmbeddedRegistry({ auth: 'token', users: { [user]: password } });
    defer(() => registry.close());
    shop = await Shop.open(backend);
    defer(() => shop.close());
    await shop.permit('pull-secrets', 'right', 'wrong', 'nowhere');
    await secret('right', password);
    await secret('wrong', wrongPassword);
    shop.start();
  });

  const push = (repository: string, tag: string) =>
    pushImage({
      registry: registry.host,
      repository,
      tag,
      content: tag,
      credentials: { username: user, password },
    });

  const secret = async (name: string, word: string) => {
    const auths = { [registry.host]: { username: user, password: word } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'kubernetes.io/dockerconfigjson',
      data,
    };
    await shop.admin.create(listPath(resources.secrets, shop.namespace), body, { signal });
  };

  const deploy = async (
    name: string,
    more: { readonly image?: string; readonly pullSecret?: string } = {},
  ) => {
    await shop.deploy({
      name,
      image: more.image ?? `${registry.host}/${name}:1.0.0`,
      annotations: { 'plimsoll.dev/policy': 'minor' },
      replicas: 0,
      ...(more.pullSecret ? { pullSecret: more.pullSecret } : {}),
    });
  };

  const messageOf = async (name: string, reason: string) =>
    String((await shop.saying(name, reason))['message']);

  it('names a pull secret that does not exist', async () => {
    await push('no-secret', '1.0.0');
    await deploy('no-secret', { pullSecret: 'nowhere' });
    const message = await messageOf('no-secret', 'SecretUnreadable');
    assert.match(message, new RegExp(`Secret ${shop.namespace}/nowhere does not exist`));
    assert.ok(message.includes(`${registry.host}/no-secret`));
  });

  it('names the secret whose credential the registry refuses, and never the password', async () => {
    await push('refused', '1.0.0');
    await deploy('refused', { pullSecret: 'wrong' });
    assert.match(await messageOf('refused', 'Unauthorized'), new RegExp(`${shop.namespace}/wrong`));
  });

  it('updates from a private registry with the credential of the pull secret', async () => {
    await push('private', '1.0.0');
    await push('private', '1.1.0');
    await deploy('private', { pullSecret: 'right' });
    await shop.outcome('private', 'Unverified');
    assert.equal(await shop.imageOf('private'), `${registry.host}/private:1.1.0`);
  });

  it('updates with the credential of the service account where the template names none', async () => {
    await push('account', '1.0.0');
    await push('account', '1.1.0');
    const body = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'puller' },
      imagePullSecrets: [{ name: 'right' }],
    };
    await shop.admin.create(listPath(resources.serviceAccounts, shop.namespace), body, { signal });
    await shop.deploy({
      name: 'account',
      image: `${registry.host}/account:1.0.0`,
      annotations: { 'plimsoll.dev/policy': 'minor' },
      replicas: 0,
      serviceAccount: 'puller',
    });
    await shop.outcome('account', 'Unverified');
  });

  it('tells a registry that answers with a web page', async () => {
    registry.faults.add({ repository: 'portal' }, { kind: 'html' });
    await deploy('portal', { pullSecret: 'right' });
    assert.match(await messageOf('portal', 'NotARegistry'), /portal/);
  });

  it('tells an answer that is larger than any honest one', async () => {
    const body = JSON.stringify({ name: 'huge', tags: ['1.0.0', 'x'.repeat(20 * 1_048_576)] });
    registry.faults.add({ repository: 'huge', operation: 'tags' }, { kind: 'answer', status: 200, body });
    await deploy('huge', { pullSecret: 'right' });
    assert.match(await messageOf('huge', 'LimitExceeded'), /huge/);
  });

  it('passes over tags of ten million or of hostile characters, and chooses among the rest', async () => {
    const hostile = [
      'y'.repeat(10 * 1_048_576),
      '_'.repeat(128),
      `1.1.0${'-'.repeat(123)}`,
      '1.1.0\u0000',
      '../../etc',
      '1.1.0',
    ];
    await push('hostile', '1.0.0');
    await push('hostile', '1.1.0');
    const body = JSON.stringify({ name: 'hostile', tags: ['1.0.0', ...hostile] });
    registry.faults.add(
      { repository: 'hostile', operation: 'tags' },
      { kind: 'answer', status: 200, body, headers: { 'content-type': 'application/json' } },
    );
    await deploy('hostile', { pullSecret: 'right' });
    await shop.outcome('hostile', 'Unverified');
    assert.equal(await shop.imageOf('hostile'), `${registry.host}/hostile:1.1.0`);
  });

  it('tells a registry that cannot be reached', async () => {
    await deploy('unreachable', { image: '127.0.0.1:9/nothing:1.0.0' });
    assert.match(await messageOf('unreachable', 'Unavailable'), /127\.0\.0\.1:9\/nothing/);
  });

  it('tells an image reference that is none', async () => {
    await deploy('reference', { image: 'BAD::x' });
    assert.match(await messageOf('reference', 'InvalidImage'), /"BAD::x"/);
  });

  it('goes on with the fleet, and has written no secret into any log, event or status', async () => {
    await push('fleet', '1.0.0');
    await deploy('fleet', { pullSecret: 'right' });
    await shop.saying('fleet', 'UpToDate');
    await push('fleet', '1.1.0');
    await shop.outcome('fleet', 'Unverified');

    const written = [...shop.logs];
    for (const resource of [resources.events, resources.trackedImages]) {
      for await (const { items } of shop.admin.list(listPath(resource, shop.namespace), { signal })) {
        written.push(JSON.stringify(items));
      }
    }
    const text = written.join('\n');
    assert.ok(text.includes('fleet'));
    assert.equal(leakIn(text), undefined);
  });
});
