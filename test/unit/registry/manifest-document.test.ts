import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readManifestDocument } from '../../../src/registry/manifest-document.ts';

const index = 'application/vnd.oci.image.index.v1+json';
const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
const manifest = 'application/vnd.oci.image.manifest.v1+json';
const config = { mediaType: 'application/vnd.oci.image.config.v1+json' };
const digest = (character: string) => `sha256:${character.repeat(64)}`;

function read(document: unknown, headerType: string) {
  return readManifestDocument(
    Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    headerType,
  );
}

/** Why a document was refused, or `accepted`. */
function verdict(document: unknown, headerType: string): string {
  const result = read(document, headerType);
  return result.kind === 'refused' ? result.code : 'accepted';
}

suite('understanding a manifest', () => {
  test('lists the images of an index and leaves attestations out', () => {
    const document = {
      mediaType: index,
      manifests: [
        { mediaType: manifest, digest: digest('a'), platform: { os: 'linux', architecture: 'amd64' } },
        {
          mediaType: manifest,
          digest: digest('b'),
          platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
        },
        { mediaType: manifest, digest: digest('c'), platform: { os: 'unknown', architecture: 'unknown' } },
        { mediaType: manifest, digest: digest('d') },
        { mediaType: index, digest: digest('e') },
        { mediaType: 'application/vnd.example', digest: digest('f') },
        { mediaType: manifest, digest: '../../etc/passwd' },
        {
          mediaType: manifest,
          digest: digest('9'),
          platform: { os: 'linux', architecture: 'x'.repeat(1_000) },
        },
      ],
    };
    assert.deepEqual(read(document, index), {
      kind: 'index',
      mediaType: index,
      entries: [
        { digest: digest('a'), platform: { os: 'linux', architecture: 'amd64' }, isIndex: false },
        {
          digest: digest('b'),
          platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
          isIndex: false,
        },
        { digest: digest('d'), platform: undefined, isIndex: false },
        { digest: digest('e'), platform: undefined, isIndex: true },
      ],
    });
  });

  const children = [{ mediaType: manifest, digest: digest('a') }];
  const cases: readonly (readonly [title: string, document: unknown, header: string, verdict: string])[] = [
    ['a manifest without its own media type', { config, layers: [] }, manifest, 'accepted'],
    [
      'a media type that only the document names (Artifactory)',
      { mediaType: manifest, config },
      'application/octet-stream',
      'accepted',
    ],
    [
      'a media type that only the document names (Red Hat)',
      { mediaType: list, manifests: children },
      'text/plain',
      'accepted',
    ],
    [
      'an index that is an image too',
      { mediaType: index, manifests: children, layers: [] },
      index,
      'DigestMismatch',
    ],
    [
      'an index with a configuration',
      { mediaType: index, manifests: children, config },
      index,
      'DigestMismatch',
    ],
    ['an image that is an index too', { config, manifests: children }, manifest, 'DigestMismatch'],
    [
      'media types that contradict each other',
      { mediaType: index, manifests: children },
      list,
      'DigestMismatch',
    ],
    ['a manifest that is called an index', { config, layers: [] }, index, 'DigestMismatch'],
    ['an index that is called a manifest', { manifests: children }, manifest, 'DigestMismatch'],
    [
      'schema 1 by its media type',
      { schemaVersion: 1 },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'UnsupportedManifest',
    ],
    ['schema 1 by its version', { schemaVersion: 1, config }, manifest, 'UnsupportedManifest'],
    [
      'a Helm chart',
      { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      manifest,
      'UnsupportedManifest',
    ],
    [
      'an artifact without configuration',
      { config: { mediaType: 'application/vnd.oci.empty.v1+json' } },
      manifest,
      'UnsupportedManifest',
    ],
    ['an index without images', { manifests: [] }, index, 'UnsupportedManifest'],
    ['an unknown media type', { config }, 'application/vnd.example+json', 'UnsupportedManifest'],
    [
      'an index with too many children',
      { manifests: Array.from({ length: 257 }, () => children[0]) },
      index,
      'LimitExceeded',
    ],
    ['a list', [], manifest, 'NotARegistry'],
    ['no JSON', '{', manifest, 'NotARegistry'],
    ['JSON that is nested without end', '['.repeat(100_000), manifest, 'NotARegistry'],
  ];
  for (const [title, document, header, expected] of cases) {
    test(`finds ${title} ${expected}`, () => {
      assert.equal(verdict(document, header), expected);
    });
  }
});
