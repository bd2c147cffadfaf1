import { at } from '../model/json.ts';
import type { KubeClient } from './client.ts';
import { listPath, type Resource } from './resources.ts';

const reviews: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

/**
 * Whether the API server would let us do something to the objects of a resource in a namespace. Everybody who is known may ask
 * this (`system:basic-user`), so that nothing has to be tried and refused to be found out. Rejects with a `KubeError`.
 */
export async function isAllowed(
  client: Pick<KubeClient, 'create'>,
  {
    verb,
    resource,
    namespace,
  }: { readonly verb: string; readonly resource: Resource; readonly namespace: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { group, version, plural } = resource;
  const resourceAttributes = { namespace, verb, group, version, resource: plural };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: reviews.kind, spec: { resourceAttributes } };
  return at(await client.create(listPath(reviews), body, { signal }), 'status', 'allowed') === true;
}
