import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RegistryCredential } from '../../../src/model/ports.ts';
import type { Errand } from '../../../src/registry/http.ts';
import type { HttpAnswer } from '../../../src/registry/http-exchange.ts';
import { TokenSource, type TokenRequest } from '../../../src/registry/tokens.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { credential, failureOf, patiently } from './harness.ts';
import { secretText } from '../../support/secrets.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

/** A token server that answers with what `respond` gives, and a clock that tests move. */
function given(respond: (ask: number) => unknown, status = 200) {
  const asked: Errand[] = [];
  let time = start;
  const clock = { ...systemClock, now: () => time, monotonic: () => time };
  const send = async (errand: Errand): Promise<HttpAnswer> => {
    asked.push(errand);
    const said = respond(asked.length);
    await Promise.resolve();
    const body = Buffer.from(typeof said === 'string' ? said : JSON.stringify(said));
    return { status, headers: {}, body, url: errand.request.url };
  };
  const pass = (seconds: number) => {
    time += seconds * 1_000;
  };
  return { tokens: new TokenSource(send, clock), asked, pass };
}

function asking(more: Partial<TokenRequest> = {}): TokenRequest {
  return {
    realm: new URL('https://auth.example.com/token'),
    service: 'registry.example.com',
    scopes: ['repository:shop/web:pull'],
    credential: undefined,
    fingerprint: '',
    subject: { registry: 'registry.example.com', path: 'shop/web', doing: 'list tags' },
    ...more,
  };
}

async function textOf(tokens: TokenSource, request = asking()): Promise<string> {
  const answer = await tokens.get(request, patiently);
  return answer === 'rejected' ? answer : answer.reveal();
}

suite('asking for a token', () => {
  test('sends service and every scope, and the credential as Basic', async () => {
    const { tokens, asked } = given(() => ({ token: 'abc' }));
    const ann: RegistryCredential = credential('ann', 'p:w');
    const realm = new URL('https://auth.example.com/token?tenant=1#x');
    const scopes = ['repository:shop/web:metadata_read', 'repository:shop/web:pull'];

    const text = await textOf(tokens, asking({ realm, scopes, credential: ann, fingerprint: 'ann' }));

    assert.equal(text, 'Bearer abc');
    const [request] = asked.map((errand) => errand.request);
    assert.equal(
      request?.url.href,
      'https://auth.example.com/token?tenant=1&service=registry.example.com&scope=repository%3Ashop%2Fweb%3Ametadata_read&scope=repository%3Ashop%2Fweb%3Apull',
    );
    assert.equal(
      request?.authorization?.reveal(),
      `Basic ${Buffer.from(`ann:${secretText('p:w')}`).toString('base64')}`,
    );
    assert.equal(request?.limit, 64 * 1024);
  });

  for (const [title, answer] of [
    ['absent', { access_token: 'abc' }],
    ['empty', { token: '', access_token: 'abc' }],
  ] as const) {
    test(`takes access_token where token is ${title}`, async () => {
      const { tokens } = given(() => answer);
      assert.equal(await textOf(tokens), 'Bearer abc');
    });
  }

  test('asks anew five seconds before the end of a token that was issued a while ago', async () => {
    const issued = new Date(start - 30_000).toISOString();
    const { tokens, asked, pass } = given(() => ({ token: 'abc', expires_in: 60, issued_at: issued }));
    await textOf(tokens);
    pass(24);
    await textOf(tokens);
    assert.equal(asked.length, 1);
    pass(2);
    await textOf(tokens);
    assert.equal(asked.length, 2);
  });

  test('asks once for fifty callers at the same moment', async () => {
    const { tokens, asked } = given((ask) => ({ token: `t${ask}` }));
    const texts = await Promise.all(Array.from({ length: 50 }, () => textOf(tokens)));
    assert.deepEqual(new Set(texts), new Set(['Bearer t1']));
    assert.equal(asked.length, 1);
  });

  test('goes on for the others when one caller leaves', async () => {
    const { tokens } = given(() => ({ token: 'abc' }));
    const leaving = new AbortController();
    const first = tokens.get(asking(), leaving.signal);
    const second = textOf(tokens);
    leaving.abort(new Error('gone'));
    await assert.rejects(first, /gone/);
    assert.equal(await second, 'Bearer abc');
  });

  const separate: readonly (readonly [title: string, other: Partial<TokenRequest>])[] = [
    ['credential', { fingerprint: 'other' }],
    ['realm', { realm: new URL('https://auth.example.com/other') }],
    ['service', { service: 'other' }],
    ['scope', { scopes: ['repository:shop/other:pull'] }],
    ['registry', { subject: { registry: 'other.example.com', path: 'shop/web', doing: 'x' } }],
  ];
  for (const [title, other] of separate) {
    test(`shares no token with another ${title}`, async () => {
      const { tokens } = given((ask) => ({ token: `t${ask}`, expires_in: 300 }));
      assert.equal(await textOf(tokens), 'Bearer t1');
      assert.equal(await textOf(tokens, asking(other)), 'Bearer t2');
      assert.equal(await textOf(tokens), 'Bearer t1');
    });
  }

  test('does not mind the order of scopes', async () => {
    const { tokens, asked } = given(() => ({ token: 'abc', expires_in: 300 }));
    await textOf(tokens, asking({ scopes: ['a', 'b'] }));
    await textOf(tokens, asking({ scopes: ['b', 'a'] }));
    assert.equal(asked.length, 1);
  });
});

suite('asking by OAuth 2', () => {
  const identity: RegistryCredential = { ...credential('<token>', 'r:e&f'), kind: 'identity-token' };
  const ann = credential('ann', 'p&w');

  /** A token server that answers each method with a status of its own. */
  function by(statuses: Readonly<Record<string, number>>) {
    const asked: Errand['request'][] = [];
    const send = async ({ request }: Errand): Promise<HttpAnswer> => {
      asked.push(request);
      await Promise.resolve();
      const status = statuses[request.method] ?? 500;
      return { status, headers: {}, body: Buffer.from('{"access_token":"abc"}'), url: request.url };
    };
    return { tokens: new TokenSource(send, systemClock), asked };
  }

  test('sends an identity token in the form of a POST, and in no header', async () => {
    const { tokens, asked } = by({ POST: 200 });
    const text = await textOf(tokens, asking({ credential: identity, fingerprint: 'i' }));
    assert.equal(text, 'Bearer abc');
    const [request] = asked;
    assert.equal(request?.authorization, undefined);
    assert.equal(request?.url.href, 'https://auth.example.com/token');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.form?.reveal())), {
      client_id: 'plimsoll',
      service: 'registry.example.com',
      scope: 'repository:shop/web:pull',
      grant_type: 'refresh_token',
      refresh_token: secretText('r:e&f'),
    });
  });

  for (const status of [401, 404, 405]) {
    test(`goes on by GET where POST is answered with ${status}`, async () => {
      const { tokens, asked } = by({ POST: status, GET: 200 });
      assert.equal(await textOf(tokens, asking({ credential: identity, fingerprint: 'i' })), 'Bearer abc');
      assert.deepEqual(
        asked.map(({ method }) => method),
        ['POST', 'GET'],
      );
    });
  }

  test('sends a password in a form where GET is not known', async () => {
    const { tokens, asked } = by({ GET: 405, POST: 200 });
    assert.equal(await textOf(tokens, asking({ credential: ann, fingerprint: 'ann' })), 'Bearer abc');
    const form = new URLSearchParams(asked[1]?.form?.reveal());
    assert.deepEqual(
      [form.get('grant_type'), form.get('username'), form.get('password')],
      ['password', 'ann', secretText('p&w')],
    );
  });

  test('asks nobody for a token that is ready for use', async () => {
    const { tokens, asked } = by({});
    const ready: RegistryCredential = { ...credential('', 'ready'), kind: 'registry-token' };
    assert.equal(
      await textOf(tokens, asking({ credential: ready, fingerprint: 'r' })),
      `Bearer ${secretText('ready')}`,
    );
    assert.equal(asked.length, 0);
  });
});

suite('keeping a token', () => {
  const lives: readonly { title: string; answer: object; fresh: number; stale: number }[] = [
    { title: '60 seconds where no life is said', answer: {}, fresh: 53, stale: 55 },
    { title: '60 seconds where less is said', answer: { expires_in: 1 }, fresh: 53, stale: 55 },
    { title: 'nine tenths of its life', answer: { expires_in: 300 }, fresh: 269, stale: 271 },
    {
      title: 'less where it was issued a while ago',
      answer: { expires_in: 300, issued_at: '2025-12-31T23:58:20Z' },
      fresh: 179,
      stale: 181,
    },
    {
      title: 'its whole life where it was issued in the future',
      answer: { expires_in: 300, issued_at: '2026-01-01T09:00:00Z' },
      fresh: 269,
      stale: 271,
    },
    {
      title: 'its whole life where it would have expired already',
      answer: { expires_in: 300, issued_at: '2025-01-01T00:00:00Z' },
      fresh: 269,
      stale: 271,
    },
    {
      title: 'its whole life where the time of issue is no time',
      answer: { expires_in: 300, issued_at: 'now' },
      fresh: 269,
      stale: 271,
    },
  ];
  for (const { title, answer, fresh, stale } of lives) {
    test(`uses it for ${title}`, async () => {
      const { tokens, asked, pass } = given((ask) => ({ token: `t${ask}`, ...answer }));
      await textOf(tokens);
      pass(fresh);
      assert.equal(await textOf(tokens), 'Bearer t1');
      pass(stale - fresh);
      assert.equal(await textOf(tokens), 'Bearer t2');
      assert.equal(asked.length, 2);
    });
  }

  test('asks anew after a token was dropped, once', async () => {
    const { tokens, asked } = given((ask) => ({ token: `t${ask}`, expires_in: 300 }));
    const first = await tokens.get(asking(), patiently);
    assert.ok(first !== 'rejected');
    tokens.drop(asking(), first);
    assert.equal(await textOf(tokens), 'Bearer t2');
    tokens.drop(asking(), first);
    assert.equal(await textOf(tokens), 'Bearer t2');
    assert.equal(asked.length, 2);
  });
});

suite('a token server that gives none', () => {
  for (const status of [400, 401, 403]) {
    test(`rejects the credential with ${status}`, async () => {
      const { tokens } = given(() => ({}), status);
      assert.equal(await textOf(tokens), 'rejected');
    });
  }

  const bad: readonly (readonly [title: string, body: unknown])[] = [
    ['a web page', '<html>Sign in</html>'],
    ['no token', { expires_in: 300 }],
    ['an empty token', { token: '' }],
    ['a token that would add a header', { token: 'abc\r\nX-Evil: 1' }],
  ];
  for (const [title, body] of bad) {
    test(`is not a registry when it answers with ${title}`, async () => {
      const { tokens } = given(() => body);
      assert.equal((await failureOf(tokens.get(asking(), patiently))).code, 'NotARegistry');
    });
  }

  test('does not fail later callers with an old failure', async () => {
    const { tokens } = given((ask) => (ask === 1 ? 'oops' : { token: 'abc' }));
    await failureOf(tokens.get(asking(), patiently));
    assert.equal(await textOf(tokens), 'Bearer abc');
  });
});
