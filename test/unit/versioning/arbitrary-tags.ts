import fc from 'fast-check';

const prefixes = ['', '', '', 'v', 'V', 'jdk-', 'alpine-', 'release-', 'RELEASE.', 'main-', 'arm', 'k'];
const releases = [
  '20240101',
  '20240215',
  '20241301',
  '2024-07-21',
  '2024.7',
  '2023-07-21T11-33-05Z',
  '20240721113305',
];
const tails = [
  '',
  '',
  '',
  '-alpine',
  '-alpine3.19',
  '-alpine3.20',
  '-slim',
  '-dev',
  '-nightly',
  '-rc1',
  '-rc.2',
  'b1',
  '-beta.3',
  '-SNAPSHOT',
  '.RELEASE',
  '-1',
  '-2',
  '_7',
  '-r4',
  '-r10',
  '-debian-12-r3',
  '-k3s1',
  '-security-01',
  '-hotfix2',
  '-20240101',
  '-rc1-alpine',
  '-jre',
  'p',
  '-abc1234',
  '-3-gabcdef0',
];
const words = [
  'latest',
  'alpine',
  'stable-alpine',
  'bookworm-slim',
  'a1b2c3d',
  'sha-9f8e7d6',
  'a+b',
  '.x',
  'x.sig',
];

const number = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map(String),
  fc.constantFrom('04', '007', '600', '2023', '3050', '1234567', '99999999999999999999999'),
);
const release = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.')),
  },
  { weight: 1, arbitrary: fc.constantFrom(...releases) },
);
const versionTag = fc
  .tuple(
    fc.constantFrom(...prefixes),
    release,
    fc.constantFrom(...tails),
    fc.constantFrom('', '', '', '-jre', '-r2'),
  )
  .map((parts) => parts.join(''));

/** Tags as publishers make them, words, and whatever else the grammar of tags allows, or does not. */
export const anyTag: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: versionTag },
  { weight: 1, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$/) },
);

/** Tags that differ little, so that many of a list are comparable. */
export const similarTag: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '', 'v'),
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 3 }),
    fc.constantFrom('', '', '', '-rc1', '-rc2', 'b1', '-1', '-2', '-alpine3.19', '-alpine3.20', '-r1', '-r2'),
  )
  .map(([prefix, numbers, tail]) => prefix + numbers.join('.') + tail);
