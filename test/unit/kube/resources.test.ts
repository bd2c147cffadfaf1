import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiVersionOf, listPath, objectPath, resources } from '../../../src/kube/resources.ts';

describe('a path', () => {
  it('of a collection has group, version and, where asked, one namespace', () => {
    assert.equal(listPath(resources.deployments), '/apis/apps/v1/deployments');
    assert.equal(listPath(resources.pods, 'shop'), '/api/v1/namespaces/shop/pods');
    assert.equal(listPath(resources.namespaces), '/api/v1/namespaces');
    assert.equal(apiVersionOf(resources.pods), 'v1');
    assert.equal(apiVersionOf(resources.leases), 'coordination.k8s.io/v1');
  });

  it('of an object may name a subresource', () => {
    assert.equal(
      objectPath(resources.trackedImages, 'shop', 'deployment.web.app', 'status'),
      '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app/status',
    );
    assert.equal(objectPath(resources.namespaces, undefined, 'shop'), '/api/v1/namespaces/shop');
  });

  it('is never left by a name', () => {
    assert.equal(
      objectPath(resources.secrets, 'a', 'x/../y?z'),
      '/api/v1/namespaces/a/secrets/x%2F..%2Fy%3Fz',
    );
    assert.throws(() => objectPath(resources.secrets, 'a', '..'), /cannot be the name/);
    assert.throws(() => objectPath(resources.secrets, '.', 'a'), /cannot be the name/);
    assert.throws(() => objectPath(resources.secrets, undefined, 'a'), /namespace is missing/);
  });
});
