import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RegistryError } from '../../../src/registry/errors.ts';
import type { HttpRequest } from '../../../src/registry/http-exchange.ts';
import { redirectOf } from '../../../src/registry/redirect.ts';
import { secretOf } from '../../support/secrets.ts';

const subject = { registry: 'r.example.com', path: 'shop/web', doing: 'read a blob' };
const authorization = secretOf('pw');
const read: HttpRequest = {
  method: 'GET',
  url: new URL('https://r.example.com/v2/shop/web/blobs/x'),
  headers: {},
  authorization,
  limit: 1,
};
const login: HttpRequest = { ...read, method: 'POST', form: secretOf('grant_type=password') };

/** Where a request is led to, with what of it; `refused` where nowhere. */
function led(request: HttpRequest, status: number, location: string, leavesOrigin = true): string {
  const answer = { status, headers: { location }, body: Buffer.alloc(0), url: request.url };
  try {
    const next = redirectOf(answer, { request, subject, leavesOrigin });
    if (next === undefined) return 'stays';
    const parts = [next.url.href, next.authorization && 'authorized', next.form && 'with its form'];
    return parts.filter(Boolean).join(' ');
  } catch (error) {
    assert.ok(error instanceof RegistryError && error.code === 'UnsafeRealm');
    assert.ok(!error.message.includes('sig=1'));
    return 'refused';
  }
}

suite('a redirect', () => {
  test('within the origin keeps the credential', () => {
    assert.equal(led(read, 302, '/b#part'), 'https://r.example.com/b authorized');
    assert.equal(led(read, 307, 'https://r.example.com:443/b'), 'https://r.example.com/b authorized');
  });

  test('to another host, or port, loses it', () => {
    assert.equal(led(read, 307, 'https://cdn.example.com/b?sig=1'), 'https://cdn.example.com/b?sig=1');
    assert.equal(led(read, 301, 'https://r.example.com:8443/b'), 'https://r.example.com:8443/b');
    assert.equal(led(read, 308, '//cdn.example.com/b'), 'https://cdn.example.com/b');
  });

  test('is followed to another origin only by what may leave its own', () => {
    assert.equal(led(read, 307, 'https://cdn.example.com/b?sig=1', false), 'refused');
  });

  for (const location of [
    'http://r.example.com/b?sig=1',
    'ftp://r.example.com/b?sig=1',
    'https://ann@cdn.example.com/b?sig=1',
    'https://:word@cdn.example.com/b?sig=1',
    'https://[/b?sig=1',
  ]) {
    test(`to ${location} is refused, and what may be a signature is not shown`, () => {
      assert.equal(led(read, 302, location), 'refused');
    });
  }

  test('of a request that holds a credential in its form is followed within the origin, where the form goes along', () => {
    for (const status of [307, 308]) {
      assert.equal(led(login, status, '/b'), 'https://r.example.com/b authorized with its form');
      assert.equal(led(login, status, 'https://cdn.example.com/b?sig=1'), 'refused');
    }
    for (const status of [301, 302, 303]) assert.equal(led(login, status, '/b?sig=1'), 'refused');
  });

  test('without an address, or with another status, is none', () => {
    for (const status of [200, 300, 304, 305]) assert.equal(led(read, status, '/b'), 'stays');
    const answer = { status: 302, headers: {}, body: Buffer.alloc(0), url: read.url };
    assert.equal(redirectOf(answer, { request: read, subject }), undefined);
  });
});
