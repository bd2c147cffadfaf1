import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { listAt } from '../../src/model/json.ts';
import { type AuditedRequest, auditedRequests } from '../support/audit-log.ts';
import { isOverstep } from '../support/controller-account.ts';
import { documents, ownClusterOnly, root } from '../support/installation.ts';
import { takenOver } from '../support/overreach.ts';
import { permissionOf, permissionsOf } from '../support/permissions.ts';
import { removals } from '../support/removals.ts';

/** Every role that the manifests ship for the service account. */
const roles = [
  'manifests/base/cluster-role.yaml',
  'manifests/base/leader-election.yaml',
  'manifests/pull-secrets/role.yaml',
  'manifests/stuck-pods/role.yaml',
];

/** Looks back at what the controllers of all other tests have asked the API server for, so it is of use behind all of them only. */
suite('the service account of the controller, over the whole run', ownClusterOnly, () => {
  const asked = process.env['PLIMSOLL_TEST_AUDIT_LOG'] ? auditedRequests() : [];

  test('was refused nothing while it was installed, and allowed nothing by a role that is not shipped', () => {
    assert.ok(asked.length > 0, 'the tests before this one have started controllers');
    const spans = removals();
    const isExplained = ({ agent, at }: AuditedRequest) =>
      agent === takenOver || spans.some(({ from, to }) => at >= from && (to === undefined || at <= to));
    assert.deepEqual(
      asked.filter(isOverstep).filter((request) => !isExplained(request)),
      [],
    );
  });

  test('has used every permission of every shipped role', () => {
    const used = new Set(asked.filter((request) => !isOverstep(request)).map(permissionOf));
    const shipped = roles.flatMap((file) => documents(readFileSync(join(root, file), 'utf8')));
    const permissions = shipped.flatMap((object) => listAt(object, 'rules')).flatMap(permissionsOf);
    assert.deepEqual(
      permissions.filter((each) => !used.has(each)),
      [],
    );
  });
});
