import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { RegistryCredential, RepositoryAccess } from '../../src/model/ports.ts';
import { createRegistryClient, type RegistryClientOptions } from '../../src/registry/client.ts';
import { RegistryError } from '../../src/registry/errors.ts';
import { RegistriesSource } from '../../src/registry/registries-source.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { DockerRegistry } from '../registries/docker-registry.ts';
import { TokenIssuer } from '../registries/token-issuer.ts';
import { silentLog, silentMetrics } from '../support/silence.ts';
import { secretOf, secretText } from '../support/secrets.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';
import { certificate, renewedCertificate } from '../unit/registry/certificate.ts';

const { signal } = new AbortController();
/** A registry that fails is left alone for up to a minute, longer each time. */
const recovery = 180_000;
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
/** The secret `ann-password` for htpasswd, by bcrypt. */
const htpasswd = 'ann:$2y$05$abcdefghijklmnopqrstuuEzdM94RYfgIn.U7qZ2l2kKXIcbj2.fa\n';

function credential(name: string, kind: RegistryCredential['kind'] = 'password'): RegistryCredential {
  return { username: 'ann', password: secretOf(name), source: `the test (${kind})`, kind };
}

describe("Debian's docker-registry", { timeout: 400_000 }, () => {
  const defer = undoing();
  /** Open to everybody, for pushing. */
  let open: DockerRegistry;
  let locked: DockerRegistry;
  let guarded: DockerRegistry;
  let issuer: TokenIssuer;
  const tags = Array.from({ length: 25 }, (_, number) => `1.${number}.0`);

  const clientOf = (options: Partial<RegistryClientOptions> = {}) => {
    const client = createRegistryClient({
      clock: systemClock,
      metrics: silentMetrics,
      userAgent: 'plimsoll/test',
      ...options,
    });
    defer(() => client.close());
    return client;
  };
  const access = (
    { host }: DockerRegistry,
    ...credentials: readonly RegistryCredential[]
  ): RepositoryAccess => ({
    registry: host,
    path: 'shop/web',
    credentials,
  });
  const tls = (registry: DockerRegistry) => ({
    hosts: { [registry.host]: { scheme: 'https', ca: certificate.cert } as const },
  });

  before(async () => {
    open = await DockerRegistry.start();
    defer(() => open.close());
    locked = await DockerRegistry.start({
      tls: certificate,
      auth: (write) => ({ htpasswd: { realm: 'shop', path: write('htpasswd', htpasswd) } }),
      sameContentAs: open,
    });
    defer(() => locked.close());
    const signing = { ...certificate, issuer: 'the test', service: 'shop' };
    issuer = await TokenIssuer.start({ ...signing, users: { ann: secretText('ann-password') } });
    defer(() => issuer.close());
    guarded = await DockerRegistry.start({
      auth: (write) => ({
        token: {
          realm: issuer.realm,
          service: 'shop',
          issuer: 'the test',
          rootcertbundle: write('root.crt', certificate.cert),
        },
      }),
      sameContentAs: open,
    });
    defer(() => guarded.close());
    for (const tag of tags) {
      await pushImage({ registry: open.url, repository: 'shop/web', tag, content: tag, platforms });
    }
  });

  it('is read over TLS with a private CA and a password', async () => {
    const client = clientOf(tls(locked));
    const found = await client.resolveTag(access(locked, credential('ann-password')), '1.7.0', signal);
    assert.ok(found !== 'missing');
    assert.deepEqual(found, await clientOf().resolveTag(access(open), '1.7.0', signal));
  });

  it('refuses a wrong password, and nobody is trusted without the CA', async () => {
    const wrong = clientOf(tls(locked)).listTags(access(locked, credential('wrong')), signal);
    await assert.rejects(wrong, { code: 'Unauthorized' });
    const hosts = { [locked.host]: { scheme: 'https' } } as const;
    const untrusted = clientOf({ hosts }).listTags(access(locked, credential('ann-password')), signal);
    await assert.rejects(untrusted, { code: 'TLSUntrusted' });
  });

  it('is read on when its certificate and the CA on disk are renewed', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'plimsoll-renewed-'));
    context.after(() => rm(folder, { recursive: true }));
    const [file, ca, password] = ['registries.yaml', 'ca.crt', 'password'].map((name) => join(folder, name));
    assert.ok(file !== undefined && ca !== undefined && password !== undefined);
    await writeFile(ca, certificate.cert);
    await writeFile(password, secretText('ann-password'));
    const auth = `{username: ann, password_file: ${password}}`;
    const mirror = `mirrors: {"${locked.host}": {endpoint: ["${locked.url}"]}}`;
    await writeFile(file, `${mirror}\nconfigs: {"${locked.host}": {auth: ${auth}, tls: {ca_file: ${ca}}}}`);
    const opened = await RegistriesSource.open(file, { clock: systemClock, logger: silentLog });
    assert.ok(opened.ok);
    const source = opened.value;
    const client = clientOf({ hosts: () => source.present.hosts });
    const look = async () => {
      const need = { namespace: 'shop', registry: locked.host, path: 'shop/web' };
      return client.resolveTag(access(locked, ...source.present.credentialsFor(need)), '1.7.0', signal);
    };
    const before = await look();

    await locked.renew(renewedCertificate);
    await assert.rejects(look(), { code: 'TLSUntrusted' });
    await writeFile(ca, renewedCertificate.cert);
    await source.refresh();
    assert.deepEqual(await look(), before);

    await locked.renew(certificate);
    await writeFile(ca, certificate.cert);
    await source.refresh();
    assert.deepEqual(await look(), before);
  });

  it('accepts the tokens of its issuer, by password and by identity token', async () => {
    const hosts = { [guarded.host]: { trustedRealms: [new URL(issuer.realm).host] } };
    for (const one of [credential('ann-password'), credential('ann-password:ann', 'identity-token')]) {
      const client = clientOf({ hosts });
      const asked = issuer.server.requests.length;
      const listed = await client.listTags(access(guarded, one), signal);
      assert.equal(listed.tags.length, tags.length);
      assert.notEqual(await client.resolveTag(access(guarded, one), '1.0.0', signal), 'missing');
      assert.equal(issuer.server.requests.length - asked, 1, 'one token for both');
    }
    await assert.rejects(clientOf({ hosts }).listTags(access(guarded, credential('wrong')), signal), {
      code: 'Unauthorized',
    });
  });

  it('gets no credential sent to a token server that nobody trusts', async () => {
    const asked = issuer.server.requests.length;
    const look = clientOf().listTags(access(guarded, credential('ann-password')), signal);
    await assert.rejects(look, { code: 'UnsafeRealm' });
    assert.equal(issuer.server.requests.length, asked);
  });

  it('is listed completely whatever size of page is asked for', async () => {
    for (const pageSize of [1, 7, 25, 1_000]) {
      const client = clientOf({ hosts: { [open.host]: { pageSize } } });
      const listed = await client.listTags(access(open), signal);
      assert.deepEqual([...listed.tags].toSorted(), tags.toSorted());
      assert.equal(listed.partial, false);
    }
  });

  it('shows the platforms behind a digest, verified', async () => {
    const client = clientOf();
    const index = await client.resolveTag(access(open), '1.3.0', signal);
    assert.ok(index !== 'missing');
    const images = await client.readManifests(access(open), index.digest, signal);
    assert.ok(images !== 'missing');
    assert.deepEqual(
      images.map(({ platform }) => platform),
      platforms,
    );
    const [first] = images;
    const single = await client.readManifests(access(open), first?.digest ?? '', signal);
    assert.ok(single !== 'missing');
    assert.deepEqual(single[0]?.platform, platforms[0]);
  });

  it('says what was deleted, and that a repository is not there', async () => {
    const client = clientOf();
    const gone = { ...access(open), path: 'shop/gone' };
    await pushImage({ registry: open.url, repository: gone.path, tag: '1.0.0', content: 'gone' });
    const found = await client.resolveTag(gone, '1.0.0', signal);
    assert.ok(found !== 'missing');
    const deleted = await fetch(`${open.url}/v2/${gone.path}/manifests/${found.digest}`, {
      method: 'DELETE',
    });
    assert.equal(deleted.status, 202);
    assert.equal(await client.resolveTag(gone, '1.0.0', signal), 'missing');
    assert.equal(await client.readManifests(gone, found.digest, signal), 'missing');
    assert.deepEqual((await client.listTags(gone, signal)).tags, []);
    const nowhere = client.listTags({ ...gone, path: 'shop/nowhere' }, signal);
    await assert.rejects(nowhere, { code: 'RepositoryNotFound' });
  });

  it('may die and come back under load: looks fail in words or succeed, and then all succeed', async (context) => {
    const client = clientOf();
    const outcomes = new Map<string, number>();
    const stop = new AbortController();
    context.after(() => stop.abort());
    const look = async () => {
      while (!stop.signal.aborted) {
        const outcome = await client.resolveTag(access(open), '1.5.0', signal).then(
          (found) => (found === 'missing' ? 'missing' : 'found'),
          (error: unknown) => {
            if (error instanceof RegistryError) return error.code;
            throw error;
          },
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        await systemClock.sleep(20);
      }
    };
    const looking = Array.from({ length: 8 }, look);
    const reached = (outcome: string, least: number) =>
      until(`${least} looks to be ${outcome}`, () => (outcomes.get(outcome) ?? 0) >= least, recovery);
    await reached('found', 20);
    await open.kill();
    await reached('Unavailable', 1);
    await open.resume();
    outcomes.clear();
    await reached('found', 50);
    stop.abort();
    await Promise.all(looking);
    assert.deepEqual(
      [...outcomes.keys()].filter((outcome) => outcome !== 'found' && outcome !== 'Unavailable'),
      [],
    );
  });
});
