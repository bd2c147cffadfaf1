import { createHash } from 'node:crypto';
import { registryWriter } from './registry-writer.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const chartType = 'application/vnd.cncf.helm.config.v1+json';

/** Pushes what `helm push` does: an artefact under a tag that looks like an image's, and is told from one by its configuration. */
export async function pushChart(registry: string, repository: string, tag: string): Promise<void> {
  const writer = registryWriter({ registry, repository });
  const config = Buffer.from(JSON.stringify({ name: 'web', version: tag, apiVersion: 'v2' }));
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  await writer.putBlob(digest, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: chartType, digest, size: config.length },
    layers: [],
  };
  await writer.putManifest(tag, manifestType, Buffer.from(JSON.stringify(manifest)));
}
