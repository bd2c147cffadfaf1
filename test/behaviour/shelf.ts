import type { JsonObject } from '../../src/model/json.ts';

/** A Deployment to make. */
export interface Shelf {
  readonly name: string;
  readonly image: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly pullPolicy?: 'Always' | 'IfNotPresent';
  readonly replicas?: number;
  readonly pullSecret?: string;
  readonly serviceAccount?: string;
  /** Further containers by name. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The Deployment of a shelf in a namespace; where it has a policy, a rollout is verified for a second unless an annotation says otherwise. */
export function deploymentOf(shelf: Shelf, namespace: string): JsonObject {
  const {
    name,
    image,
    annotations = {},
    labels = {},
    pullPolicy = 'IfNotPresent',
    replicas = 1,
    more = {},
  } = shelf;
  const ours = Object.keys(annotations).some((key) => key.startsWith('plimsoll.dev/policy'));
  const containers = Object.entries({ web: image, ...more }).map(([container, reference]) => ({
    name: container,
    image: reference,
    imagePullPolicy: pullPolicy,
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels,
      annotations: { ...(ours ? { 'plimsoll.dev/verify-for': '1s' } : {}), ...annotations },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers,
          terminationGracePeriodSeconds: 1,
          ...(shelf.pullSecret ? { imagePullSecrets: [{ name: shelf.pullSecret }] } : {}),
          ...(shelf.serviceAccount ? { serviceAccountName: shelf.serviceAccount } : {}),
        },
      },
    },
  };
}
