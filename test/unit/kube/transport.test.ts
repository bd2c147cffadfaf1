import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { KubeConnection } from '../../../src/kube/connection.ts';
import { Transport, type TransportRequest } from '../../../src/kube/transport.ts';
import { HttpServer, sendJson } from '../../support/http-server.ts';
import { connectionTo } from './fake-connection.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function given(connection: (url: string) => KubeConnection) {
  const server = await HttpServer.start((_, response) => sendJson(response, {}));
  const transport = new Transport(connection(server.url));
  opened.push(transport, server);
  const request: TransportRequest = {
    method: 'GET',
    path: '/version',
    headers: {},
    body: undefined,
    streaming: false,
    signal: new AbortController().signal,
  };
  const send = async () => {
    const answer = await transport.send(request);
    for await (const _ of answer.body);
    return answer.status;
  };
  return { server, transport, send };
}

describe('a transport', () => {
  it('goes through the proxy of the kubeconfig', async () => {
    const { server, send } = await given((url) => connectionTo('http://api.invalid:6443', ['token'], url));

    assert.equal(await send(), 200);
    assert.equal(server.requests[0]?.headers.host, 'api.invalid:6443');
  });

  it('never asks the environment for a proxy', async () => {
    const { server, send } = await given((url) => connectionTo(url));
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = 'http://127.0.0.1:1';

    try {
      assert.equal(await send(), 200);
      assert.equal(server.requests.length, 1);
    } finally {
      for (const [index, name] of names.entries()) {
        delete process.env[name];
        if (before[index] !== undefined) process.env[name] = before[index];
      }
    }
  });

  it('opens new connections when certificates change on disk, and keeps them while they do not', async () => {
    let servername = 'one';
    const { server, send } = await given((url) => {
      const connection = connectionTo(url);
      return {
        ...connection,
        authorize: async () => {
          const { headers, tls } = await connection.authorize();
          return { headers, tls: { ...tls, servername } };
        },
      };
    });
    await send();
    const before = server.connections;

    servername = 'two';
    await send();

    assert.equal(server.connections, before + 1);
  });

  it('sends nothing after it was closed', async () => {
    const { transport, send } = await given((url) => connectionTo(url));
    await send();
    await transport.close();

    await assert.rejects(send(), /is closed/);
  });
});
