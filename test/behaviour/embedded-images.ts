import { formatPlatform } from '../../src/model/platform.ts';
import { nodePlatform } from '../../src/sandbox/cluster/kubelet.ts';
import type { EmbeddedRegistry } from '../../src/sandbox/registry/embedded-registry.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { pushChart } from '../support/push-chart.ts';
import { tarGzip } from '../support/tar.ts';
import type { Backend } from './backend.ts';
import { pushTestIndex } from './test-index.ts';

/** What a backend says of its images, where the registry is the embedded one. */
export function embeddedImages(
  registry: EmbeddedRegistry,
): Pick<Backend, 'registry' | 'push' | 'pushIndex' | 'pushChart' | 'platform' | 'deleteTag' | 'looks'> {
  return {
    registry: registry.host,
    push: async (repository, tag, { content, crashes = false }) => {
      const platforms = [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ];
      const marked = crashes ? `crashes ${content}` : content;
      const { digest } = await pushImage({
        registry: registry.host,
        repository,
        tag,
        content: marked,
        platforms,
      });
      return digest;
    },
    pushIndex: (repository, tag, index) =>
      pushTestIndex({ registry: registry.host, repository, tag }, index, (content) => ({
        layers: [tarGzip([{ path: 'content', content }])],
        config: {},
      })),
    pushChart: (repository, tag) => pushChart(registry.host, repository, tag),
    platform: formatPlatform(nodePlatform),
    deleteTag: async (repository, tag) => registry.deleteTag(repository, tag),
    looks: (repository) =>
      registry.requests
        .all()
        .filter((one) => one.repository === repository)
        .map(({ method, path }) => `${method} ${path}`),
  };
}
