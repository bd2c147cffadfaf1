import type { JsonObject } from '../../model/json.ts';

/** A workload of the demo's shop. */
export interface ShopWorkload {
  readonly name: string;
  /** Repository and tag, below `shop/`. */
  readonly repository: string;
  readonly tag: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent';
  readonly annotations: Readonly<Record<string, string>>;
  /** It has a maintenance window, which opens while the demo runs. */
  readonly hasWindow?: boolean;
}

/** What the manifests of the shop depend on. */
export interface ShopPlace {
  /** Host of the registry. */
  readonly registry: string;
  /** The window of those who have one, as the annotation is written. */
  readonly window: string;
}

/** The namespace in which the demo plays. */
export const namespace = 'shop';

/** The workloads of the shop as they stand before anything happens. */
export const workloads: readonly ShopWorkload[] = [
  workload('cart', 'cart:1.4.1', { policy: 'patch' }),
  workload('catalog', 'catalog:1.0.0-alpine', { policy: 'minor' }),
  { ...workload('search', 'search:2.1-alpine', { policy: 'patch' }), pullPolicy: 'Always' },
  workload('checkout', 'checkout:3.2', { policy: 'digest' }),
  {
    ...workload('fastapi', 'fastapi-web:1.5-alpine', {}),
    annotations: {
      'keel.sh/policy': 'minor',
      'keel.sh/trigger': 'poll',
      'keel.sh/pollSchedule': '@every 1s',
    },
  },
  workload('payments', 'payments:1.9.3', { policy: 'minor' }),
  workload('mail', 'mail:0.8.0', { policy: 'minor' }),
  workload('report', 'report:5.1.0', { policy: 'minro' }),
  workload('preview', 'preview:1.0.0', { policy: 'major', mode: 'notify' }),
  workload('gateway', 'gateway:1.0.0', { policy: 'minor' }),
  workload('orders', 'orders:1.0.0', { policy: 'minor' }),
  workload('ledger', 'ledger:1.0.0', { policy: 'minor' }),
  workload('billing', 'billing:1.0.0', { policy: 'minor', mode: 'approve' }),
  { ...workload('invoices', 'invoices:1.0.0', { policy: 'minor' }), hasWindow: true },
];

/** The Deployment of a workload, as a person would have written it. */
export function deploymentOf(shelf: ShopWorkload, { registry, window }: ShopPlace): JsonObject {
  const { name, repository, tag, pullPolicy, hasWindow } = shelf;
  const annotations = { ...shelf.annotations, ...(hasWindow ? { 'plimsoll.dev/window': window } : {}) };
  const image = `${registry}/${namespace}/${repository}:${tag}`;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image, imagePullPolicy: pullPolicy }] },
      },
    },
  };
}

function workload(
  name: string,
  image: string,
  settings: { readonly policy?: string; readonly mode?: string },
): ShopWorkload {
  const [repository = '', tag = ''] = image.split(':');
  const keys = { ...settings, ...(settings.policy ? { interval: '1s', 'verify-for': '1s' } : {}) };
  const annotations = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [`plimsoll.dev/${key}`, value]),
  );
  return { name, repository, tag, pullPolicy: 'IfNotPresent', annotations };
}
