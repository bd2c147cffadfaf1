import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeForeignChange, type Writer } from '../../../src/decide/foreign-change.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const digest = digestOf('ours');
const moved = { from: 'app:1.2.3', to: 'app:1.3.0', digest };
const pinned = { from: 'app:1.5', to: `app:1.5@${digest}`, digest };
const person: Writer = { manager: 'kubectl-set', operation: 'Update' };

const images: readonly (readonly [what: string, image: string, entry: typeof moved, older: boolean])[] = [
  ['what stood there before', 'app:1.2.3', moved, true],
  ['something older still', 'app:1.2.0', moved, true],
  ['something between', 'app:1.2.9', moved, true],
  ['something newer', 'app:1.4.0', moved, false],
  ['another major', 'app:2.0.0', moved, false],
  ['another variant', 'app:1.2.3-alpine', moved, false],
  ['another repository', 'other:1.0.0', moved, false],
  ['what cannot be read', 'BAD::x', moved, false],
  ['the tag without our digest', 'app:1.5', pinned, true],
  ['the tag with another digest', `app:1.5@${digestOf('other')}`, pinned, true],
  ['the same tag in full', 'app:1.3.0', { ...moved, to: 'docker.io/library/app:1.3.0' }, false],
];

for (const [what, image, entry, older] of images) {
  test(`${what} is ${older ? 'older' : 'a new baseline'}`, () => {
    const change = judgeForeignChange(image, entry, policyOf(), person);
    assert.equal(change, older ? 'undone' : 'baseline');
  });
}

const writers: readonly (readonly [manager: string, operation: Writer['operation'], byPerson: boolean])[] = [
  ['kubectl', 'Update', true],
  ['kubectl', 'Apply', false],
  ['kubectl-rollout', 'Update', true],
  ['kubectl-edit', 'Update', true],
  ['kubectl-patch', 'Update', true],
  ['k9s', 'Update', true],
  ['Mozilla', 'Update', true],
  ['kubectl-client-side-apply', 'Update', false],
  ['kubectl-replace', 'Update', false],
  ['helm', 'Update', false],
  ['kustomize-controller', 'Apply', false],
  ['nobody-knows', 'Update', false],
];

for (const [manager, operation, byPerson] of writers) {
  test(`${manager} (${operation}) is ${byPerson ? 'a person' : 'a tool that applies'}`, () => {
    const change = judgeForeignChange('app:1.2.3', moved, policyOf(), { manager, operation });
    assert.equal(change, byPerson ? 'undone' : 'reverted');
  });
}

test('where nothing tells who it was, it may have been a person', () => {
  assert.equal(judgeForeignChange('app:1.2.3', moved, policyOf(), undefined), 'undone');
});
