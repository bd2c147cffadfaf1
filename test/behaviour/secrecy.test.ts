import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { listPath, resources } from '../../src/kube/resources.ts';
import {
  type EmbeddedRegistry,
  startEmbeddedRegistry,
} from '../../src/sandbox/registry/embedded-registry.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { PlimsollProcess } from '../support/plimsoll-process.ts';
import { leakIn, secretText } from '../support/secrets.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;

const secrets = {
  right: secretText('right'),
  wrong: secretText('wrong'),
  identity: secretText('identity'),
  configured: secretText('configured'),
  signature: secretText('signature'),
  user: secretText('realm-user'),
};

describe('credentials', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;
  let registry: EmbeddedRegistry;
  let attacked: EmbeddedRegistry;
  let directory: string;

  before(async () => {
    // The registries that the controller reads are some of this process.
    ({ backend, shop } = await openShop(defer, { controllers: 'local' }));
    registry = await startEmbeddedRegistry({
      auth: 'token',
      users: { ann: secrets.right, bob: secrets.configured },
    });
    defer(() => registry.close());
    attacked = await startEmbeddedRegistry();
    defer(() => attacked.close());
    directory = await mkdtemp(join(tmpdir(), 'plimsoll-secrecy-'));
    defer(() => rm(directory, { recursive: true }));
  });

  /** A pull secret for both registries, and a workload that uses it. */
  const deploy = async (name: string, host: string, auth: Readonly<Record<string, string>> | undefined) => {
    if (auth !== undefined) {
      const config = JSON.stringify({ auths: { [host]: auth } });
      await shop.admin.create(
        listPath(resources.secrets, shop.namespace),
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name },
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
        },
        { signal: forever },
      );
    }
    const template = {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'web', image: `${host}/shop/${name}:1.0.0` }],
        ...(auth && { imagePullSecrets: [{ name }] }),
      },
    };
    await shop.admin.create(
      listPath(resources.deployments, shop.namespace),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, annotations: { 'plimsoll.dev/policy': 'minor' } },
        spec: { replicas: 0, selector: { matchLabels: { app: name } }, template },
      },
      { signal: forever },
    );
  };

  it('are in no log, event, metric, status or annotation, whatever becomes of them', async () => {
    const credentials = { username: 'ann', password: secrets.right };
    for (const name of ['right', 'configured']) {
      for (const tag of ['1.0.0', '1.1.0']) {
        const image = { registry: registry.url, repository: `shop/${name}`, tag, content: `${name} ${tag}` };
        await pushImage({ ...image, credentials });
      }
    }
    const realm = `http://ann:${secrets.user}@127.0.0.1:1/token?password=${secrets.signature}`;
    attacked.faults.add({ repository: 'shop/realm' }, { kind: 'realm', realm });
    const location = `http://169.254.169.254/blob?X-Amz-Signature=${secrets.signature}`;
    attacked.faults.add(
      { repository: 'shop/redirect' },
      { kind: 'answer', status: 307, headers: { location } },
    );
    attacked.faults.add({ repository: 'shop/broken' }, { kind: 'drop' });
    await writeFile(join(directory, 'password'), secrets.configured);
    const file = join(directory, 'registries.yaml');
    const auth = '{username: bob, password_file: password, repositories: [shop/configured]}';
    await writeFile(file, `configs: {"${registry.host}": {auth: ${auth}}}`);

    await deploy('right', registry.host, { username: 'ann', password: secrets.right });
    await deploy('wrong', registry.host, { auth: Buffer.from(`ann:${secrets.wrong}`).toString('base64') });
    await deploy('identity', registry.host, { identitytoken: secrets.identity });
    await deploy('malformed', registry.host, { auth: secrets.wrong });
    await deploy('configured', registry.host, undefined);
    const atAttacked = ['realm', 'redirect', 'broken'];
    for (const name of atAttacked) {
      await deploy(name, attacked.host, { username: 'ann', password: secrets.right });
    }
    await shop.permit('pull-secrets', 'right', 'wrong', 'identity', 'malformed', ...atAttacked);
    const plimsoll = new PlimsollProcess([
      'run',
      `--kubeconfig=${backend.controllerKubeconfig}`,
      `--namespace=${shop.namespace}`,
      '--address=127.0.0.1:0',
      '--poll-interval=1s',
      '--log-level=debug',
      `--registries=${file}`,
    ]);
    defer(async () => {
      await plimsoll.dismiss();
      await plimsoll.ended();
    });

    const ends: readonly (readonly [name: string, reason: string])[] = [
      ['wrong', 'Unauthorized'],
      ['identity', 'Unauthorized'],
      ['malformed', 'SecretUnreadable'],
      ['realm', 'UnsafeRealm'],
      ['redirect', 'UnsafeRealm'],
      ['broken', 'Unavailable'],
    ];
    for (const [name, reason] of ends) {
      await shop.saying(name, reason);
      await shop.told(name, reason);
    }
    for (const name of ['right', 'configured']) {
      await shop.until(`${name} to be updated`, async () => (await shop.imageOf(name))?.endsWith(':1.1.0'));
      await shop.told(name, 'UpdateApplied');
    }

    const shown = new Map<string, string>([
      ['the log', plimsoll.output],
      ['the metrics', await scrape(plimsoll)],
      ['the events', await everything('events')],
      ['the TrackedImages', await everything('trackedImages')],
      ['the Deployments', await everything('deployments')],
    ]);
    for (const [where, text] of shown) {
      assert.ok(text.length > 100, `${where} is empty`);
      assert.equal(leakIn(text), undefined, where);
    }
  });

  const everything = async (resource: 'events' | 'trackedImages' | 'deployments'): Promise<string> => {
    const items: unknown[] = [];
    for await (const page of shop.admin.list(listPath(resources[resource], shop.namespace), {
      signal: forever,
    })) {
      items.push(...page.items);
    }
    return JSON.stringify(items);
  };
});

async function scrape({ log }: PlimsollProcess): Promise<string> {
  const port = log.find((line) => typeof line['port'] === 'number')?.['port'];
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  return answer.text();
}
