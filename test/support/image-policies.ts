import { readImagePolicy } from '../../src/kube/image-policies.ts';
import type { ImagePolicy } from '../../src/model/image-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** An ImagePolicy in the namespace `shop`, as the API server would return it. */
export function anImagePolicy(name: string, spec: JsonObject, more: JsonObject = {}): ImagePolicy {
  const read = readImagePolicy({
    apiVersion: 'plimsoll.dev/v1alpha1',
    kind: 'ImagePolicy',
    metadata: { namespace: 'shop', name, generation: 1, resourceVersion: '1' },
    spec,
    ...more,
  });
  if (!read) throw new Error('an ImagePolicy has a name');
  return read;
}
