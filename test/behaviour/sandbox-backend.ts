import { pushImage } from '../../src/sandbox/registry/push.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Backend } from './backend.ts';

/** A crashed container comes back within a second instead of ten, so that a test need not wait for three crashes. */
const impatient = { step: 20, backoff: { initial: 400, longest: 2_000 } };

/** The embedded API server, registry and node, in this process. */
export async function startSandboxBackend(): Promise<Backend> {
  const sandbox = await startSandbox({ clock: systemClock, pace: impatient });
  const { registry, kubeconfig, api } = sandbox;
  return {
    kind: 'sandbox',
    api,
    kubeconfig,
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
    deleteTag: async (repository, tag) => registry.deleteTag(repository, tag),
    looks: (repository) =>
      registry.requests
        .all()
        .filter((one) => one.repository === repository)
        .map(({ method, path }) => `${method} ${path}`),
    close: () => sandbox.close(),
  };
}
