import { textMapAt } from '../../src/model/json.ts';
import { busyboxLayer } from './busybox.ts';
import { nodeRegistry } from './checkout.ts';
import { applyObjects, eventually, kubectl, required } from './installation.ts';
import { pushImage } from './push-image.ts';

/** A pod as it was at one moment. */
export interface PodState {
  readonly uid: string;
  readonly image: string;
  readonly phase: string;
}

/** A namespace of somebody with one Deployment, `web`, that runs on the real node and wants to be updated. */
export class Tenant {
  readonly namespace: string;
  readonly #repository: string;

  private constructor(namespace: string) {
    this.namespace = namespace;
    this.#repository = `${namespace}/web`;
  }

  /** Makes the namespace, pushes the image under a tag, and waits until the Deployment runs it. */
  static async open(namespace: string, tag: string): Promise<Tenant> {
    const tenant = new Tenant(namespace);
    await tenant.push(tag);
    const labels = { app: 'web' };
    const containers = [{ name: 'web', image: tenant.image(tag) }];
    // Nobody is to wait for the five minutes between two looks, nor for the ten seconds in which a rollout is verified.
    const annotations = {
      'plimsoll.dev/policy': 'minor',
      'plimsoll.dev/interval': '1s',
      'plimsoll.dev/verify-for': '1s',
      'example.com/theirs': 'kept',
    };
    await applyObjects(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace, annotations },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers } },
        },
      },
    );
    await kubectl('rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=120s');
    return tenant;
  }

  image(tag: string): string {
    return `${nodeRegistry}/${this.#repository}:${tag}`;
  }

  /** Pushes an image of its own under a tag. */
  async push(tag: string): Promise<void> {
    const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'), { '/content': this.namespace + tag })];
    const registry = required('PLIMSOLL_TEST_REGISTRY');
    await pushImage({ registry, repository: this.#repository, tag, layers, config: { Cmd: ['/bin/stay'] } });
  }

  /** Resolves when the Deployment runs that tag and nothing else, and Plimsoll has said that it is up to date. */
  async runs(tag: string): Promise<void> {
    const image = this.image(tag);
    await eventually(
      `${image} to run`,
      async () => {
        const pods = await this.pods();
        return pods.length === 1 && pods.every((pod) => pod.image === image && pod.phase === 'Running');
      },
      async () => this.told(),
    );
    await eventually(
      `${image} to be told`,
      async () => (await this.told()) === `${image} UpToDate`,
      async () => this.told(),
    );
  }

  /** The image and the state that the TrackedImage shows; empty where there is none. */
  async told(): Promise<string> {
    const path = 'jsonpath={range .items[*]}{.status.image} {.status.state}{end}';
    return kubectl('get', 'trackedimages', '-n', this.namespace, '-o', path);
  }

  async pods(): Promise<readonly PodState[]> {
    const path = '{range .items[*]}{.metadata.uid} {.spec.containers[0].image} {.status.phase}{"\\n"}{end}';
    const lines = await kubectl(
      'get',
      'pods',
      '-n',
      this.namespace,
      '-l',
      'app=web',
      '-o',
      `jsonpath=${path}`,
    );
    return lines
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [uid = '', image = '', phase = ''] = line.split(' ');
        return { uid, image, phase };
      });
  }

  /** The keys of the Deployment's annotations, without those of kubectl and of Kubernetes. */
  async annotations(): Promise<readonly string[]> {
    const path = 'jsonpath={.metadata.annotations}';
    const found: unknown = JSON.parse(
      await kubectl('get', 'deployment', 'web', '-n', this.namespace, '-o', path),
    );
    const others = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];
    return Object.keys(textMapAt(found))
      .filter((key) => !others.includes(key))
      .toSorted();
  }

  async close(): Promise<void> {
    await kubectl('delete', 'namespace', this.namespace, '--wait=false');
  }
}
