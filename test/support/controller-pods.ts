import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { listPath, resources } from '../../src/kube/resources.ts';
import { Transport } from '../../src/kube/transport.ts';
import { isJsonObject, type JsonObject, listAt, textMapAt } from '../../src/model/json.ts';
import { adminClient, connectTo } from '../behaviour/connection.ts';
import type { ControllerOrder } from '../behaviour/controller.ts';
import { nodeRegistry, registriesFile } from './checkout.ts';
import { ControllerPod, type PodAccess } from './controller-pod.ts';
import { applyObjects, documents, kubectl, root, systemNamespace } from './installation.ts';

/** The image of our Dockerfile, where the nodes of the cluster can pull it. */
const image = process.env['PLIMSOLL_TEST_CONTROLLER_IMAGE'];

/** Options of a suite of which pods are the point. */
export const onNodeOnly = image === undefined ? { skip: 'only with a node that runs our image' } : {};

/** The registries file of a controller in a pod. It polls as fast as one that meets the registry on its loopback. */
const registries = { ...registriesFile, configs: { [nodeRegistry]: { rate: 1_000 } } };

/** Beside the flags of a test: everything is told, and several work side by side unless they are to be elected. */
const ownFlags = ['--log-level=debug', '--no-leader-elect'];

/** What a test wants of a controller in a pod. */
export interface PodOrder extends Pick<ControllerOrder, 'flags' | 'tell'> {
  /** Whether its container is started again when it ends, as is usual; under `--once` it is not. */
  readonly restarts?: boolean;
  /** Variables of its container: it may be one that somebody has tampered with. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Controllers as the shipped manifests run them on the node: the image of our Dockerfile by the Deployment of the base with
 * the component for a registries file, in its namespace, as its service account and under its Pod Security. A name,
 * a label for it and the flags are all that is added.
 */
export class ControllerPods {
  readonly #access: PodAccess;
  readonly #deployment: JsonObject;
  /** A registries file by which programs of this machine read the same registry. */
  readonly registriesFile: string;
  readonly #folder: string;
  #count = 0;

  private constructor(access: PodAccess, folder: string, deployment: JsonObject) {
    this.#access = access;
    this.#deployment = deployment;
    this.#folder = folder;
    this.registriesFile = join(folder, 'registries.yaml');
    writeFileSync(this.registriesFile, JSON.stringify(registries));
  }

  /** Undefined where the cluster has no node, or none that can pull the image. The account must be installed. */
  static async open(kubeconfig: string): Promise<ControllerPods | undefined> {
    if (image === undefined) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-pods-'));
    await applyObjects({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'plimsoll-registries', namespace: systemNamespace },
      stringData: { 'registries.yaml': JSON.stringify(registries) },
    });
    const access = { client: adminClient({ kubeconfig }), transport: new Transport(connectTo(kubeconfig)) };
    return new ControllerPods(access, folder, await shippedDeployment(folder, image));
  }

  /** Starts one for the shop of that name. */
  start(name: string, order: PodOrder): ControllerPod {
    const { flags, restarts = !flags.includes('--once') } = order;
    const instance = `plimsoll-${name}-${++this.#count}`;
    const deployment = instanceOf(this.#deployment, instance, order);
    const maker = {
      collection: listPath(restarts ? resources.deployments : resources.pods, systemNamespace),
      body: restarts ? deployment : podOf(deployment),
      selector: `${instanceLabel}=${instance}`,
    };
    return new ControllerPod(this.#access, maker, order.tell);
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    await Promise.all([this.#access.client.close(), this.#access.transport.close()]);
  }
}

const instanceLabel = 'app.kubernetes.io/instance';

/** The Deployment as the documentation tells people to make it: an overlay that names their image and a component. */
async function shippedDeployment(folder: string, reference: string): Promise<JsonObject> {
  const of = (path: string) => [relative(folder, join(root, 'manifests', path))];
  const tag = reference.lastIndexOf(':');
  const newImage = { newName: reference.slice(0, tag), newTag: reference.slice(tag + 1) };
  const kustomization = {
    resources: of('base'),
    components: of('components/registries-file'),
    images: [{ name: 'plimsoll', ...newImage }],
  };
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  const objects = documents(await kubectl('kustomize', folder));
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('the base of the manifests has no Deployment');
  return deployment;
}

function instanceOf(deployment: JsonObject, instance: string, { flags, env = {} }: PodOrder): JsonObject {
  const labels = { ...textMapAt(deployment, 'metadata', 'labels'), [instanceLabel]: instance };
  const spec = fieldOf(deployment, 'spec');
  const template = fieldOf(spec, 'template');
  const pod = fieldOf(template, 'spec');
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const containers = listAt(pod, 'containers')
    .filter(isJsonObject)
    .map((container) => ({
      ...container,
      args: [...listAt(container, 'args'), ...ownFlags, ...flags],
      env: [...listAt(container, 'env'), ...variables],
    }));
  return {
    ...deployment,
    metadata: { ...fieldOf(deployment, 'metadata'), name: instance, labels },
    spec: {
      ...spec,
      selector: { matchLabels: { [instanceLabel]: instance } },
      template: {
        ...template,
        metadata: { ...fieldOf(template, 'metadata'), labels },
        spec: { ...pod, containers },
      },
    },
  };
}

/** A pod of a Deployment's template that is not started again when it has ended. */
function podOf(deployment: JsonObject): JsonObject {
  const template = fieldOf(fieldOf(deployment, 'spec'), 'template');
  const { name, namespace } = fieldOf(deployment, 'metadata');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...fieldOf(template, 'metadata'), name, namespace },
    spec: { ...fieldOf(template, 'spec'), restartPolicy: 'Never' },
  };
}

function fieldOf(object: JsonObject, name: string): JsonObject {
  const field = object[name];
  return isJsonObject(field) ? field : {};
}
