import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubeTrouble } from '../../../../src/commands/cluster/kube-trouble.ts';
import { errorOfAnswer } from '../../../../src/kube/errors.ts';

const request = { method: 'PATCH', path: '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/x' };

function trouble(status: number, message: string, reason?: string): string {
  return kubeTrouble(errorOfAnswer(request, { status, body: { message, reason } }));
}

const forbidden = (verb: string, resource: string, where: string) =>
  `${resource} "x" is forbidden: User "jane" cannot ${verb} resource "${resource}" in API group "plimsoll.dev" ${where}`;

test('who may not is told what, where, and which role would do', () => {
  assert.equal(
    trouble(403, forbidden('patch', 'trackedimages', 'in the namespace "shop"'), 'Forbidden'),
    'jane may not patch trackedimages in namespace shop; a role that allows to patch trackedimages.plimsoll.dev is needed: edit, as installed',
  );
  assert.match(
    trouble(403, forbidden('list', 'trackedimages', 'at the cluster scope'), 'Forbidden'),
    /^jane may not list trackedimages in all namespaces; .* view, as installed$/,
  );
  assert.equal(
    trouble(403, forbidden('get', 'deployments', 'in the namespace "shop"'), 'Forbidden'),
    'jane may not get deployments in namespace shop',
  );
  assert.match(trouble(403, 'a webhook says no', 'Forbidden'), /a webhook says no/);
});

test('a resource that the cluster does not have is not an object that is missing', () => {
  assert.match(
    trouble(404, '404 page not found'),
    /custom resources are not installed.*; run: kubectl apply/,
  );
  assert.match(trouble(404, 'trackedimages "x" not found', 'NotFound'), /"x" not found/);
});

test('a field that the cluster does not know says that its custom resources are old', () => {
  const message = 'strict decoding error: unknown field "spec.approve"';
  assert.match(trouble(422, message, 'Invalid'), /older than this command and have no spec\.approve/);
});

test('anything else is told as it came', () => {
  assert.match(trouble(500, 'etcd is away'), /^PATCH .*: 500 Unavailable: etcd is away$/);
});
