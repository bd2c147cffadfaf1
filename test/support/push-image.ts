import { createHash } from 'node:crypto';
import { registryWriter } from './registry-writer.ts';
import type { Credentials } from './registry-writer.ts';
import { tarOf } from './tar.ts';

/** The media types of the OCI image specification 1.1 that we write. */
const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** The platform of an image, as an index and an image configuration name it. */
export type Platform = { readonly os: string; readonly architecture: string; readonly variant?: string };

/** What a registry knows a manifest by. */
export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** Where to push: a registry as `host:port` (https, or http on the loopback) or as a URL. */
type PushTarget = {
  readonly registry: string;
  readonly repository: string;
  /** Without a tag the manifest is pushed by its digest alone. */
  readonly tag?: string;
  readonly credentials?: Credentials;
};

/** One image for one platform. */
export type ImageOptions = PushTarget & {
  /** Each a tar.gz; `busyboxLayer` makes one. */
  readonly layers: readonly Buffer[];
  /** The `config` of the image configuration: Entrypoint, Cmd, Env, Labels, WorkingDir, User and so on. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** linux on the architecture of this process when not given. */
  readonly platform?: Platform;
  /** RFC 3339; the epoch when not given, so that the digest depends on nothing but the input. */
  readonly created?: string;
  /** Annotations of the manifest. They change its digest and not its content. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/**
 * Pushes one image manifest with its configuration and layers and returns its descriptor. Equal input gives an equal digest.
 *
 * Blobs that the repository has already are not sent again. Throws when the registry answers anything but success.
 * Sources: OCI image specification 1.1 (manifest, config), OCI distribution specification 1.1, "Push".
 */
export async function pushImage(options: ImageOptions): Promise<Descriptor> {
  const platform = options.platform ?? hostPlatform();
  const config = Buffer.from(
    JSON.stringify({
      created: options.created ?? '1970-01-01T00:00:00Z',
      ...platform,
      config: options.config ?? {},
      rootfs: { type: 'layers', diff_ids: options.layers.map((layer) => digestOf(tarOf(layer))) },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: describe(mediaTypes.config, config),
      layers: options.layers.map((layer) => describe(mediaTypes.layer, layer)),
      ...(options.annotations && { annotations: options.annotations }),
    }),
  );

  const writer = registryWriter(options);
  for (const blob of [...options.layers, config]) await writer.putBlob(digestOf(blob), blob);
  return putManifest(options, mediaTypes.manifest, manifest);
}

/** One child of an index. */
type IndexChild = {
  readonly digest: string;
  readonly size: number;
  readonly mediaType?: string;
  readonly platform: Platform;
};

/** An index (a multi-architecture image) over manifests that the repository has already. */
export type IndexOptions = PushTarget & {
  readonly manifests: readonly IndexChild[];
  /** Annotations of the index: the way to a new index digest over the same children. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Pushes an image index and returns its descriptor. Equal input gives an equal digest. Throws like `pushImage`. */
export async function pushIndex(options: IndexOptions): Promise<Descriptor> {
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: options.manifests.map(({ digest, size, mediaType, platform }) => ({
        mediaType: mediaType ?? mediaTypes.manifest,
        digest,
        size,
        platform,
      })),
      ...(options.annotations && { annotations: options.annotations }),
    }),
  );
  return putManifest(options, mediaTypes.index, index);
}

/** The platform of a node on this machine, in the words of Go and of the OCI specification. */
export function hostPlatform(): Platform {
  return { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
}

async function putManifest(target: PushTarget, mediaType: string, content: Buffer): Promise<Descriptor> {
  const descriptor = describe(mediaType, content);
  await registryWriter(target).putManifest(target.tag ?? descriptor.digest, mediaType, content);
  return descriptor;
}

function describe(mediaType: string, content: Buffer): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
