import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Version } from '../../../src/versioning/token.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';

/** What is worth saying of a version: parts that are absent here are empty. */
interface Expected {
  readonly prefix?: string;
  readonly release: string;
  readonly scheme?: Version['scheme'];
  /** Stage and identifiers, as in `5.1` for a first release candidate. */
  readonly pre?: string;
  readonly hotfix?: string;
  readonly builds?: string;
  readonly variant?: string;
  readonly neutral?: string;
  readonly hash?: true;
}

const published: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  nginx: {
    '1.27.3': { release: '1.27.3' },
    '1.27.3-alpine3.19-slim': { release: '1.27.3', variant: '-alpine3.19-slim' },
    '1.27-perl': { release: '1.27', variant: '-perl' },
  },
  postgres: {
    '16.1-bookworm': { release: '16.1', variant: '-bookworm' },
    '17beta1-alpine3.20': { release: '17', pre: '2.1', variant: '-alpine3.20' },
    '16rc1': { release: '16', pre: '5.1' },
  },
  node: {
    '20.10.0-bookworm-slim': { release: '20.10.0', variant: '-bookworm-slim' },
    'lts-alpine3.19': { prefix: 'lts-alpine', release: '3.19' },
  },
  python: {
    '3.13.0a1-slim': { release: '3.13.0', pre: '1.1', variant: '-slim' },
    '3.13-rc': { release: '3.13', pre: '5' },
    '3.13.0rc2-windowsservercore-ltsc2022': {
      release: '3.13.0',
      pre: '5.2',
      variant: '-windowsservercore-ltsc2022',
    },
  },
  alpine: {
    '3.19.1': { release: '3.19.1' },
    '20240329': { release: '20240329', scheme: 'date' },
    '3.20.0_rc1': { release: '3.20.0', pre: '5.1' },
  },
  debian: {
    'bookworm-20240211-slim': { prefix: 'bookworm-', release: '20240211', scheme: 'date', variant: '-slim' },
    '12.4-slim': { release: '12.4', variant: '-slim' },
  },
  redis: { '7.4-rc1-bookworm': { release: '7.4', pre: '5.1', variant: '-bookworm' } },
  traefik: {
    'v3.0.0-rc5': { prefix: 'v', release: '3.0.0', pre: '5.5' },
    'v2.10.7-windowsservercore-1809': { prefix: 'v', release: '2.10.7', variant: '-windowsservercore-1809' },
  },
  grafana: {
    '10.2.3-ubuntu': { release: '10.2.3', variant: '-ubuntu' },
    '9.5.0-12345pre': { release: '9.5.0', variant: '-12345pre' },
    '13.0.1-security-01': { release: '13.0.1', hotfix: '1' },
  },
  linuxserver: {
    '4.0.0.1234-ls45': { release: '4.0.0.1234', builds: '-ls 45' },
    'version-v4.0.0': { prefix: 'version-v', release: '4.0.0' },
    'arm64v8-1.2.3-ls1': { prefix: 'arm', release: '64', builds: '-ls 1', variant: 'v8-1.2.3' },
  },
  bitnami: { '12.7.0-debian-10-r69': { release: '12.7.0', builds: '-r 69', variant: '-debian-10' } },
  chainguard: {
    '1.2.3-r4-dev': { release: '1.2.3', builds: '-r 4', variant: '-dev' },
    '1.2.3-dev': { release: '1.2.3', variant: '-dev' },
  },
  'k3s and rancher': {
    'v1.29.3-k3s1': { prefix: 'v', release: '1.29.3', builds: '-k3s 1' },
    'v1.29.3-rc1-k3s1': { prefix: 'v', release: '1.29.3', pre: '5.1', builds: '-k3s 1' },
    'v1.28.2-rke2r1': { prefix: 'v', release: '1.28.2', builds: '-rke2r 1' },
    'v2.8-head': { prefix: 'v', release: '2.8', variant: '-head' },
  },
  'cloud clusters': {
    'v1.29.0-eks-1-29-5': { prefix: 'v', release: '1.29.0', builds: '-eks- 1, - 29, - 5' },
    'v1.29.3-eksbuild.1': { prefix: 'v', release: '1.29.3', builds: '-eksbuild. 1' },
    '1.29.3-gke.1282000': { release: '1.29.3', builds: '-gke. 1282000' },
  },
  java: {
    '8u292-b10-jdk': { release: '8', builds: 'u 292, -b 10', variant: '-jdk' },
    '17.0.9_9-jre-jammy': { release: '17.0.9', builds: '_ 9', variant: '-jre-jammy' },
    '21_35-jdk': { release: '21', builds: '_ 35', variant: '-jdk' },
    '22-ea-25-jdk': { release: '22', pre: '4.25', variant: '-jdk' },
    'jdk-17-glibc': { prefix: 'jdk-', release: '17', variant: '-glibc' },
    '4.3.20.RELEASE': { release: '4.3.20', neutral: 'RELEASE' },
    '2.1.0-M3': { release: '2.1.0', pre: '3.3' },
    '8.11.1-SNAPSHOT': { release: '8.11.1', pre: '0' },
  },
  minio: {
    'RELEASE.2024-07-21T11-33-05Z': { prefix: 'RELEASE.', release: '20240721113305', scheme: 'stamp' },
    'RELEASE.2024-07-21T11-33-05Z-cpuv1': {
      prefix: 'RELEASE.',
      release: '20240721113305',
      scheme: 'stamp',
      variant: '-cpuv1',
    },
    'RELEASE.2024-07-21T11-33-05Z.hotfix.123456789': {
      prefix: 'RELEASE.',
      release: '20240721113305',
      scheme: 'stamp',
      variant: '.hotfix.123456789',
    },
  },
  'red hat': { '8.10-1052.1724178568': { release: '8.10', builds: '- 1052, . 1724178568' } },
  'home assistant': {
    '2024.8.0b2': { release: '2024.8.0', scheme: 'year', pre: '2.2' },
    '2024.7.0.dev202407310215': { release: '2024.7.0', scheme: 'year', pre: '0.202407310215' },
  },
  'dated builds': {
    '2024-07-21': { release: '2024.7.21', scheme: 'year' },
    '20240721113305': { release: '20240721113305', scheme: 'datetime' },
    '20240721T113305Z': { release: '20240721113305', scheme: 'stamp' },
    '20241301': { release: '20241301' },
    '20240230': { release: '20240230' },
    '3.4.2-20231109-ubuntu': { release: '3.4.2', builds: '-date 20231109', variant: '-ubuntu' },
    '1.2.3-hotfix-20240101': { release: '1.2.3', hotfix: '20240101' },
    '1.2.3-20240101.1': { release: '1.2.3', builds: '-date 20240101, . 1' },
    '3.0.0b20240101': { release: '3.0.0', pre: '2.20240101' },
  },
  'continuous integration': {
    'main-a1b2c3d': { prefix: 'main-a', release: '1', variant: 'b2c3d', hash: true },
    'main-0a1b2c3-170': { prefix: 'main-', release: '0', variant: 'a1b2c3-170', hash: true },
    'v1.2.3-gabc1234': { prefix: 'v', release: '1.2.3', variant: '-gabc1234', hash: true },
    '1.2.3_build.5': { release: '1.2.3', builds: '_build. 5' },
    '1.2.3-build-5': { release: '1.2.3', builds: '-build- 5' },
  },
  'words and numbers that mean little': {
    '1.1.1k': { release: '1.1.1', variant: 'k' },
    '0.8a': { release: '0.8', variant: 'a' },
    'arm64-17': { prefix: 'arm', release: '64', variant: '-17' },
    'k3s-v1.29.3': { prefix: 'k', release: '3', variant: 's-v1.29.3' },
    'php8.2-fpm-1.4': { prefix: 'php', release: '8.2', variant: '-fpm-1.4' },
    '1.2.3-alpine-1': { release: '1.2.3', variant: '-alpine-1' },
    '1.2.3-': { release: '1.2.3', variant: '-' },
    '1..2': { release: '1', variant: '..2' },
    '1.2.3--alpine': { release: '1.2.3', variant: '--alpine' },
  },
};

for (const [publisher, tags] of Object.entries(published)) {
  for (const [tag, expected] of Object.entries(tags)) {
    test(`${publisher}: ${tag} is read as ${JSON.stringify(expected)}`, () => {
      const token = tokenise(tag);
      assert.equal(token.kind, 'version');
      assert.deepEqual(describe(token), { prefix: '', scheme: 'num', ...expected });
    });
  }
}

function describe(version: Version): Expected {
  const { prefix, components, scheme, prerelease, hotfix, builds, variant, neutral, hash } = version;
  return {
    prefix,
    release: components.join('.'),
    scheme,
    ...(prerelease && { pre: [prerelease.rank, ...prerelease.identifiers].join('.') }),
    ...(hotfix !== undefined && { hotfix }),
    ...(builds.length > 0 && { builds: builds.map(({ label, number }) => `${label} ${number}`).join(', ') }),
    ...(variant !== '' && { variant }),
    ...(neutral !== '' && { neutral }),
    ...(hash && { hash }),
  };
}

const hex64 = '0123456789abcdef'.repeat(4);
const unversioned = {
  illegal: [
    '',
    '.1',
    '-1',
    '1.2.3+k3s1',
    'ünïcode',
    '1.2.3\n',
    'a b',
    'a/b',
    `sha512-${hex64}${hex64}`,
    'x'.repeat(129),
  ],
  artefact: [
    `sha256-${hex64}`,
    `sha256-${hex64}.sig`,
    `sha256-${hex64}.sbom.json`,
    'v1.0.0.att',
    '1.2.3.sig',
  ],
  commit: [
    'deadbeef',
    'a1b2c3d',
    hex64,
    'sha-1',
    'git_abc',
    'PR-7',
    'mr-12',
    'branch-main',
    'v0.8.0-5-gabcdef0',
  ],
  word: ['latest', 'mainline-alpine', 'lts-hydrogen', 'edge', 'x', '_', '1.2.3.4.5.6.7'],
} as const;

for (const [kind, tags] of Object.entries(unversioned)) {
  for (const tag of tags) {
    test(`${JSON.stringify(tag)} is ${kind}`, () => {
      assert.equal(tokenise(tag).kind, kind);
    });
  }
}
