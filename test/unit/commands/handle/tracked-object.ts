import assert from 'node:assert/strict';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import type { TrackedImage } from '../../../../src/model/tracked-image.ts';
import type { FakeKubeClient } from '../../../support/fake-kube-client.ts';

/** Where {@link trackedObject} stands. */
export const path = '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app';

/** The TrackedImage of container app of Deployment shop/web, with what its status says besides `UpToDate`. */
export function trackedObject(spec: JsonObject = {}, status: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'plimsoll.dev/v1alpha1',
    kind: 'TrackedImage',
    metadata: {
      name: 'deployment.web.app',
      namespace: 'shop',
      labels: { 'plimsoll.dev/container': 'app' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-web' }],
    },
    spec,
    status: { image: 'web:1.0.0', reason: 'UpToDate', message: 'all is well', ...status },
  };
}

/** What a person sees of it. */
export function trackedImage(spec: JsonObject = {}, status: JsonObject = {}): TrackedImage {
  return readImage(trackedObject(spec, status));
}

/** What a person sees in a cluster. */
export function seenIn(cluster: FakeKubeClient): TrackedImage {
  const object = cluster.peek(path);
  assert.ok(object);
  return readImage(object);
}

function readImage(object: JsonObject): TrackedImage {
  const image = readTrackedImage(object);
  assert.ok(image);
  return image;
}
