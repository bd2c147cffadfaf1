import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Role } from './role.ts';

const role = new Role();

/** What the role says of a request, `METHOD path?query`. */
function refusal(request: string): string | undefined {
  const [method = '', url = ''] = request.split(' ');
  const { pathname: path, searchParams: query } = new URL(url, 'http://server');
  return role.refuse({ method, path, query, body: '' });
}

describe('the role of a chaos run', () => {
  const allowed = [
    'GET /apis/apps/v1/deployments?limit=500',
    'GET /apis/apps/v1/deployments?watch=true',
    'PATCH /apis/apps/v1/namespaces/team-1/deployments/app',
    'PATCH /apis/plimsoll.dev/v1alpha1/namespaces/team-1/trackedimages/app/status',
    'GET /api/v1/namespaces/team-1/pods?labelSelector=app',
    'PUT /apis/coordination.k8s.io/v1/namespaces/plimsoll-system/leases/plimsoll',
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'DELETE /api/v1/namespaces/team-1/pods/app-0',
    'GET /apis',
  ];
  for (const request of allowed) {
    it(`allows ${request}`, () => {
      assert.equal(refusal(request), undefined);
    });
  }

  const refused = {
    'PUT /apis/apps/v1/namespaces/team-1/deployments/app': 'update apps/deployments in team-1',
    'DELETE /apis/apps/v1/namespaces/team-1/deployments/app': 'delete apps/deployments in team-1',
    'GET /api/v1/namespaces/team-1/secrets/pull': 'get /secrets in team-1',
    'GET /api/v1/pods?watch=true': 'watch /pods in the whole cluster',
    'PATCH /apis/plimsoll.dev/v1alpha1/namespaces/team-1/trackedimages/app':
      'patch plimsoll.dev/trackedimages in team-1',
    'PUT /apis/coordination.k8s.io/v1/namespaces/team-1/leases/plimsoll':
      'update coordination.k8s.io/leases in team-1',
    'PUT /apis/coordination.k8s.io/v1/namespaces/plimsoll-system/leases/other':
      'update coordination.k8s.io/leases in plimsoll-system',
  };
  for (const [request, line] of Object.entries(refused)) {
    it(`refuses ${request}`, () => {
      assert.equal(refusal(request), line);
    });
  }
});
