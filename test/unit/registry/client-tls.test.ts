import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { suite, test } from 'node:test';
import { Secret } from '../../../src/model/secret.ts';
import { settingsOf, type HostTable } from '../../../src/registry/hosts.ts';
import { certificate } from './certificate.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';

suite('TLS settings', () => {
  test('take effect while running, on new connections', async (t) => {
    const { registry } = await given(t, { tls: certificate });
    let hosts: HostTable = { [registry.host]: { scheme: 'https' } };
    const { client } = await given(t, {}, { hosts: () => hosts });
    const look = async () => (await failureOf(client.listTags(accessTo(registry), patiently))).code;
    assert.equal(await look(), 'TLSUntrusted');
    hosts = { [registry.host]: { scheme: 'https', ca: certificate.cert } };
    assert.equal(await look(), 'RepositoryNotFound');
    hosts = { [registry.host]: { scheme: 'https' } };
    assert.equal(await look(), 'TLSUntrusted');
  });

  test('hold for the configured registry alone', async (t) => {
    const { registry } = await given(t, { tls: certificate });
    const { registry: other } = await given(t, { tls: certificate });
    const hosts = {
      [registry.host]: { scheme: 'https', insecureSkipVerify: true },
      [other.host]: { scheme: 'https' },
    } as const;
    const { client } = await given(t, {}, { hosts });
    const codeOf = async (one: typeof registry) =>
      (await failureOf(client.listTags(accessTo(one), patiently))).code;
    assert.deepEqual([await codeOf(registry), await codeOf(other)], ['RepositoryNotFound', 'TLSUntrusted']);
  });

  test('show a client certificate to the registry that it is for', async (t) => {
    const server = createServer(
      { ...certificate, ca: certificate.cert, requestCert: true, rejectUnauthorized: true },
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"tags":["1.0"]}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const host = `127.0.0.1:${address.port}`;
    const settings = { scheme: 'https', ca: certificate.cert } as const;
    const clientCertificate = { cert: certificate.cert, key: new Secret(certificate.key) };

    const { client: stranger } = await given(t, {}, { hosts: { [host]: settings } });
    assert.equal((await failureOf(stranger.listTags(accessTo({ host }), patiently))).code, 'Unavailable');
    const { client } = await given(t, {}, { hosts: { [host]: { ...settings, clientCertificate } } });
    assert.deepEqual((await client.listTags(accessTo({ host }), patiently)).tags, ['1.0']);
  });

  test('are found for a host whether or not the port of https is written', () => {
    const hosts: HostTable = { 'registry.example.com:443': { pageSize: 7 } };
    for (const host of ['registry.example.com', 'registry.example.com:443', 'REGISTRY.example.com']) {
      assert.equal(settingsOf(hosts, host).pageSize, 7);
    }
    assert.equal(settingsOf(hosts, 'registry.example.com:5000').pageSize, undefined);
  });
});
