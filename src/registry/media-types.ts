/** Media types of image indexes: several platforms behind one digest. */
const indexTypes = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Media types of manifests of one platform. */
const manifestTypes = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

/** Docker's first manifest format, whose digest is not that of its bytes; it is told and never used. */
const schema1Types = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]);

/** Media types of the configuration of a container image; another one means a chart, a module or the like. */
const imageConfigTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/**
 * The `Accept` of every manifest request. Without the index types some registries answer with the amd64 child,
 * which is another digest than the one the kubelet gets.
 */
export const acceptManifests = [...indexTypes, ...manifestTypes].join(', ');

/** What a media type means for us. */
export function manifestKind(mediaType: string): 'index' | 'manifest' | 'schema1' | 'other' {
  if (indexTypes.has(mediaType)) return 'index';
  if (manifestTypes.has(mediaType)) return 'manifest';
  return schema1Types.has(mediaType) ? 'schema1' : 'other';
}

/** Whether a configuration is that of a container image. */
export function isImageConfig(mediaType: string): boolean {
  return imageConfigTypes.has(mediaType);
}
