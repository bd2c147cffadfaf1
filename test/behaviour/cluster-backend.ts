import { formatPlatform } from '../../src/model/platform.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { nodeRegistry } from '../support/checkout.ts';
import { ControllerAccount } from '../support/controller-account.ts';
import { ControllerPods } from '../support/controller-pods.ts';
import { pushChart } from '../support/push-chart.ts';
import { hostPlatform, pushImage } from '../support/push-image.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { pushTestIndex } from './test-index.ts';

/** The real cluster that `test/kubernetes/run.ts` has started, or one that the reader names. */
export async function startClusterBackend(controllers: BackendOptions['controllers']): Promise<Backend> {
  const kubeconfig = required('PLIMSOLL_TEST_KUBECONFIG');
  const registry = required('PLIMSOLL_TEST_REGISTRY');
  const busybox = required('PLIMSOLL_TEST_BUSYBOX');
  const account = await ControllerAccount.open();
  const pods = controllers === 'pods' ? await ControllerPods.open(kubeconfig) : undefined;
  return {
    kind: 'cluster',
    kubeconfig,
    controllerKubeconfig: account.kubeconfig,
    account,
    ...(pods && { pods }),
    registry: pods === undefined ? registry : nodeRegistry,
    push: async (repository, tag, { content, crashes = false }) => {
      const layers = [busyboxLayer(busybox, { '/content': content })];
      const config = { Cmd: [crashes ? '/bin/false' : '/bin/stay'] };
      const { digest } = await pushImage({ registry, repository, tag, layers, config });
      return digest;
    },
    pushIndex: (repository, tag, index) =>
      pushTestIndex({ registry, repository, tag }, index, (content) => ({
        layers: [busyboxLayer(busybox, { '/content': content })],
        config: { Cmd: ['/bin/stay'] },
      })),
    pushChart: (repository, tag) => pushChart(registry, repository, tag),
    platform: formatPlatform(hostPlatform()),
    deleteTag: async (repository, tag) => {
      const url = `http://${registry}/v2/${repository}/manifests/`;
      const accept = 'application/vnd.oci.image.manifest.v1+json';
      const found = await fetch(url + tag, { method: 'HEAD', headers: { accept } });
      const digest = found.headers.get('docker-content-digest');
      // This registry deletes manifests, not tags: the tag goes with the image it stands for.
      const deleted = await fetch(url + digest, { method: 'DELETE' });
      if (!deleted.ok) throw new Error(`the registry did not delete ${repository}:${tag}: ${deleted.status}`);
    },
    looks: () => undefined,
    close: async () => {
      account.close();
      await pods?.close();
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the cluster backend is run by npm run test:cluster`);
  return value;
}
