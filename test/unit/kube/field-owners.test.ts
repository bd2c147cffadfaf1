import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  imageManagers,
  imageWriter,
  ownsImage,
  templateWritersAfter,
} from '../../../src/kube/field-owners.ts';

const app = { name: 'app', role: 'main' } as const;

function owning(manager: string, containers: object, more: object = {}): object {
  const template = { 'f:spec': { 'f:containers': containers } };
  const fieldsV1 = { 'f:spec': { 'f:template': template } };
  return { manager, operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1, ...more };
}

const image = { 'k:{"name":"app"}': { '.': {}, 'f:image': {} } };
const objectOf = (...managedFields: readonly object[]) => ({ metadata: { managedFields } });

test('the writer of an image is whoever owns the field, besides ourselves', () => {
  const object = objectOf(
    owning('helm', { 'k:{"name":"side"}': { 'f:image': {} } }),
    owning('kubectl-set', image),
    owning('plimsoll', image),
  );
  const writer = imageWriter(object, app, 'plimsoll');
  assert.deepEqual(writer, { manager: 'kubectl-set', operation: 'Update', time: Date.UTC(2026, 0, 1) });
});

test('an image is owned by who wrote it last, and by who wrote the same', () => {
  const shared = objectOf(owning('plimsoll', image), owning('flux', image));
  assert.equal(ownsImage(shared, app, 'plimsoll'), true);
  assert.equal(ownsImage(objectOf(owning('flux', image)), app, 'plimsoll'), false);
  assert.equal(ownsImage(objectOf(), app, 'plimsoll'), undefined);
});

test('of several owners the last one wrote it', () => {
  const object = objectOf(
    owning('kubectl', image, { operation: 'Apply', time: '2026-01-01T00:00:05Z' }),
    owning('kubectl-client-side-apply', image),
  );
  assert.deepEqual(imageWriter(object, app, 'plimsoll')?.operation, 'Apply');
});

test('who wrote another field of the container, or a subresource, did not write its image', () => {
  const object = objectOf(
    owning('kubectl-edit', { 'k:{"name":"app"}': { 'f:env': {} } }),
    owning('odd', image, { subresource: 'status' }),
  );
  assert.equal(imageWriter(object, app, 'plimsoll'), undefined);
});

test('containers that are one atom are owned as a whole', () => {
  assert.equal(imageWriter(objectOf(owning('argo', {})), app, 'plimsoll')?.manager, 'argo');
});

test('the template of a CronJob is found within the template of its jobs', () => {
  const template = { 'f:spec': { 'f:containers': image } };
  const fieldsV1 = { 'f:spec': { 'f:jobTemplate': { 'f:spec': { 'f:template': template } } } };
  assert.equal(imageWriter(objectOf(owning('helm', {}, { fieldsV1 })), app, 'plimsoll')?.manager, 'helm');
});

test('an object without managedFields tells nothing', () => {
  assert.equal(imageWriter({ metadata: {} }, app, 'plimsoll'), undefined);
  assert.deepEqual(imageManagers({}), []);
});

test('whoever wrote the template after a moment is known, within the second', () => {
  const object = objectOf(owning('kubectl-edit', {}, { time: '2026-01-01T00:00:05Z' }), owning('helm', {}));
  const after = (time: string) =>
    templateWritersAfter(object, Date.parse(time), 'plimsoll').map(({ manager }) => manager);
  assert.deepEqual(after('2026-01-01T00:00:04.900Z'), ['kubectl-edit']);
  assert.deepEqual(after('2026-01-01T00:00:05.100Z'), []);
});

test('whether somebody wrote after us is told by the clock of the API server, not by ours', () => {
  const wrongClock = Date.parse('2030-01-01T00:00:00Z');
  const after = (ours: string) => {
    const object = objectOf(
      owning('kubectl-edit', {}, { time: '2026-01-01T00:00:05Z' }),
      owning('plimsoll', image, { time: ours }),
    );
    return templateWritersAfter(object, wrongClock, 'plimsoll').map(({ manager }) => manager);
  };
  assert.deepEqual(after('2026-01-01T00:00:04Z'), ['kubectl-edit']);
  assert.deepEqual(after('2026-01-01T00:00:05Z'), []);
});

test('the managers of images are listed once each', () => {
  const object = objectOf(
    owning('helm', image),
    owning('helm', image, { operation: 'Apply' }),
    owning('x', { 'k:{"name":"app"}': {} }),
  );
  assert.deepEqual(imageManagers(object), ['helm']);
});
