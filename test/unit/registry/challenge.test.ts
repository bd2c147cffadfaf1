import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges } from '../../../src/registry/challenge.ts';

type Plain = { scheme: string; token68?: string; [parameter: string]: string | undefined };

function read(...lines: string[]): Plain[] {
  return parseChallenges(lines).map(({ scheme, parameters, token68 }) => ({
    scheme,
    ...(token68 !== undefined && { token68 }),
    ...Object.fromEntries(parameters),
  }));
}

const seen: readonly { title: string; lines: string[]; challenges: Plain[] }[] = [
  {
    title: 'Docker Hub',
    lines: [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
    ],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:library/nginx:pull',
      },
    ],
  },
  {
    title: 'GHCR',
    lines: ['Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"'],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://ghcr.io/token',
        service: 'ghcr.io',
        scope: 'repository:user/image:pull',
      },
    ],
  },
  {
    title: 'Quay',
    lines: ['Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:coreos/etcd:pull"'],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://quay.io/v2/auth',
        service: 'quay.io',
        scope: 'repository:coreos/etcd:pull',
      },
    ],
  },
  {
    title: 'GitLab, with a comma inside the scope and an error',
    lines: [
      'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:group/app:pull,push",error="invalid_token"',
    ],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://gitlab.com/jwt/auth',
        service: 'container_registry',
        scope: 'repository:group/app:pull,push',
        error: 'invalid_token',
      },
    ],
  },
  {
    title: 'Harbor',
    lines: [
      'Bearer realm="https://harbor.example.com/service/token",service="harbor-registry",scope="repository:library/app:pull"',
    ],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://harbor.example.com/service/token',
        service: 'harbor-registry',
        scope: 'repository:library/app:pull',
      },
    ],
  },
  {
    title: 'Harbor, to a token that is too small',
    lines: ['Basic realm="harbor"'],
    challenges: [{ scheme: 'basic', realm: 'harbor' }],
  },
  {
    title: 'Azure',
    lines: [
      'Bearer realm="https://shop.azurecr.io/oauth2/token",service="shop.azurecr.io",scope="repository:app:metadata_read"',
    ],
    challenges: [
      {
        scheme: 'bearer',
        realm: 'https://shop.azurecr.io/oauth2/token',
        service: 'shop.azurecr.io',
        scope: 'repository:app:metadata_read',
      },
    ],
  },
  {
    title: 'Amazon ECR, whose Basic realm is an address',
    lines: [
      'Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
    ],
    challenges: [
      {
        scheme: 'basic',
        realm: 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/',
        service: 'ecr.amazonaws.com',
      },
    ],
  },
  {
    title: 'Google Artifact Registry, without a service',
    lines: ['Bearer realm="https://europe-docker.pkg.dev/v2/token"'],
    challenges: [{ scheme: 'bearer', realm: 'https://europe-docker.pkg.dev/v2/token' }],
  },
  {
    title: 'Artifactory with a text for a realm',
    lines: ['Basic realm="Artifactory Realm"'],
    challenges: [{ scheme: 'basic', realm: 'Artifactory Realm' }],
  },
  {
    title: 'Artifactory with tokens, without a scope',
    lines: ['Bearer realm="https://shop.jfrog.io/v2/token",service="shop.jfrog.io"'],
    challenges: [{ scheme: 'bearer', realm: 'https://shop.jfrog.io/v2/token', service: 'shop.jfrog.io' }],
  },
  {
    title: 'Nexus',
    lines: ['BASIC realm="Sonatype Nexus Repository Manager"'],
    challenges: [{ scheme: 'basic', realm: 'Sonatype Nexus Repository Manager' }],
  },
  {
    title: 'Gitea and Forgejo, with two challenges on one line',
    lines: [
      'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="container_registry",scope="*"',
    ],
    challenges: [
      { scheme: 'bearer', realm: 'https://codeberg.org/v2/token', service: 'container_registry', scope: '*' },
      { scheme: 'basic', realm: 'https://codeberg.org/v2', service: 'container_registry', scope: '*' },
    ],
  },
  {
    title: 'a proxy that offers Negotiate, on lines of their own',
    lines: ['Negotiate', 'NTLM TlRMTVNTUAAC==', 'Basic realm="proxy"'],
    challenges: [
      { scheme: 'negotiate' },
      { scheme: 'ntlm', token68: 'TlRMTVNTUAAC==' },
      { scheme: 'basic', realm: 'proxy' },
    ],
  },
  {
    title: 'Negotiate with a value and Basic on one line',
    lines: ['Negotiate YII=, Basic realm="proxy"'],
    challenges: [
      { scheme: 'negotiate', token68: 'YII=' },
      { scheme: 'basic', realm: 'proxy' },
    ],
  },
  {
    title: 'unquoted values, other case and blanks around the equals sign',
    lines: ['bEARER Realm = https://r.example.com/token , SERVICE=r.example.com'],
    challenges: [{ scheme: 'bearer', realm: 'https://r.example.com/token', service: 'r.example.com' }],
  },
  {
    title: 'escapes inside quotes',
    lines: [String.raw`Basic realm="a \"quoted\", word"`],
    challenges: [{ scheme: 'basic', realm: 'a "quoted", word' }],
  },
  {
    title: 'empty list members',
    lines: [', ,Basic realm="x",,'],
    challenges: [{ scheme: 'basic', realm: 'x' }],
  },
  {
    title: 'a quote that never ends, after which nothing counts',
    lines: ['Bearer service="s",realm="https://r.example.com, Basic realm=x', 'Basic realm="y"'],
    challenges: [
      { scheme: 'bearer', service: 's' },
      { scheme: 'basic', realm: 'y' },
    ],
  },
  {
    title: 'a repeated parameter, whose first value counts',
    lines: ['Basic realm=a, realm=b'],
    challenges: [{ scheme: 'basic', realm: 'a' }],
  },
  { title: 'a parameter without a scheme', lines: ['realm="x"'], challenges: [] },
  { title: 'nothing', lines: [''], challenges: [] },
];

suite('reading WWW-Authenticate', () => {
  for (const { title, lines, challenges } of seen) {
    test(`understands ${title}`, () => {
      assert.deepEqual(read(...lines), challenges);
    });
  }

  test('never throws, whatever is sent', () => {
    const alphabet = fc.constantFrom('Bearer', ' ', '=', ',', '"', '\\', 'realm', 'a', '==', '\t', 'é');
    fc.assert(
      fc.property(fc.array(alphabet), (parts) => {
        for (const { scheme } of parseChallenges([parts.join('')]))
          assert.equal(scheme, scheme.toLowerCase());
      }),
    );
  });

  test('reads back any quoted value', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (value) => {
        const quoted = value.replaceAll(/[\\"]/g, String.raw`\$&`);
        assert.equal(read(`Basic realm="${quoted}"`)[0]?.['realm'], value);
      }),
    );
  });
});
