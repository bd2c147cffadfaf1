import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds } from '../../../src/kube/kinds.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const template = { spec: { containers: [{ name: 'app', image: 'shop/app:1' }] } };
const selector = { matchLabels: { app: 'web' } };
const metadata = { namespace: 'shop', name: 'web', generation: 4 };

describe('a StatefulSet', () => {
  const set = (spec: JsonObject, status: JsonObject = {}) =>
    kinds.StatefulSet.project({ metadata, spec: { selector, template, ...spec }, status });

  it('has revisions, and counts what is available', () => {
    const status = {
      observedGeneration: 4,
      replicas: 2,
      updatedReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 1,
    };
    const workload = set({ replicas: 2 }, { ...status, currentRevision: 'web-a', updateRevision: 'web-b' });
    assert.deepEqual(workload?.status, {
      observedGeneration: 4,
      replicas: 2,
      updatedReplicas: 1,
      availableReplicas: 1,
      conditions: [],
      currentRevision: 'web-a',
      updateRevision: 'web-b',
    });
    assert.equal(workload.podSelector, 'app=web');
  });

  it('of a server that does not count availability is as available as it is ready', () => {
    assert.equal(set({}, { readyReplicas: 2 })?.status.availableReplicas, 2);
  });

  it('is replaced pod by pod down to its partition, or by hand', () => {
    const rolling = set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } });
    assert.deepEqual([rolling?.replacement, rolling?.partition], ['rolling', 3]);
    const byHand = set({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 3 } } });
    assert.deepEqual([byHand?.replacement, byHand?.partition], ['onDelete', 0]);
  });
});

describe('a DaemonSet', () => {
  it('wants as many pods as its controller says', () => {
    const status = {
      observedGeneration: 4,
      desiredNumberScheduled: 5,
      currentNumberScheduled: 5,
      updatedNumberScheduled: 3,
      numberAvailable: 4,
    };
    const workload = kinds.DaemonSet.project({ metadata, spec: { selector, template }, status });
    assert.equal(workload?.replicas, 5);
    assert.deepEqual(
      [workload.status.replicas, workload.status.updatedReplicas, workload.status.availableReplicas],
      [5, 3, 4],
    );
  });
});

describe('a CronJob', () => {
  it('has its template within the template of its jobs, and no pods of its own', () => {
    const spec = { jobTemplate: { spec: { template } } };
    const workload = kinds.CronJob.project({ metadata, spec });
    assert.equal(workload?.containers[0]?.image, 'shop/app:1');
    assert.deepEqual([workload.podSelector, workload.replacement], ['', 'nextRun']);
    assert.equal(workload.status.observedGeneration, workload.generation);
    assert.equal(kinds.CronJob.restartable, false);
  });
});

describe('an Argo Rollout', () => {
  const rollout = (spec: JsonObject, status: JsonObject = {}) =>
    kinds.Rollout.project({ metadata, spec: { selector, ...spec }, status });

  it('says its generation as a text, and sums itself up in a phase', () => {
    const { status } =
      rollout({ template }, { observedGeneration: '4', phase: 'Paused', message: 'step' }) ?? {};
    assert.deepEqual([status?.observedGeneration, status?.phase, status?.message], [4, 'Paused', 'step']);
  });

  it('of a release that kept a hash there has observed nothing that is known', () => {
    assert.equal(rollout({ template }, { observedGeneration: '6d8f9c7b5' })?.status.observedGeneration, 0);
  });

  for (const [what, step, isAnalysing] of [
    ['an analysis', { analysis: { templates: [{ templateName: 'errors' }] } }, true],
    ['an experiment', { experiment: { templates: [] } }, true],
    ['a weight', { setWeight: 20 }, false],
  ] as const) {
    it(`whose present step is ${what} ${isAnalysing ? 'is' : 'is not'} analysing`, () => {
      const steps = [{ setWeight: 10 }, step, { analysis: {} }];
      const at = (status: JsonObject) =>
        rollout({ template, strategy: { canary: { steps } } }, status)?.status.isAnalysing;
      assert.equal(at({ currentStepIndex: 1 }), isAnalysing);
      assert.deepEqual(
        [at({ currentStepIndex: 0 }), at({ currentStepIndex: 3 }), at({})],
        [false, false, false],
      );
    });
  }

  it('is kept without containers that no pod could have: nameless, with an impossible name, or the second of a name', () => {
    const names = ['web', '../web', 'WEB', 'x'.repeat(64), '', undefined, 'web', 'side'];
    const containers = names.map((name, index) => ({ name, image: `app:${index}` }));
    const kept = rollout({ template: { spec: { containers } } })?.containers;
    assert.deepEqual(
      kept?.map(({ name, image, index }) => [name, image, index]),
      [
        ['web', 'app:0', 0],
        ['side', 'app:7', 7],
      ],
    );
  });

  it('whose template stands in a Deployment has no containers, and names that Deployment', () => {
    const workload = rollout({ workloadRef: { kind: 'Deployment', name: 'web' } });
    assert.deepEqual([workload?.containers, workload?.templateOf], [[], 'Deployment web']);
  });
});

describe('every kind', () => {
  for (const [kind, row] of Object.entries(kinds)) {
    it(`${kind} is read under its own name, and not at all without a template`, () => {
      assert.equal(row.resource.kind, kind);
      assert.equal(row.project({ metadata, spec: {} }), undefined);
      assert.equal(row.project({ metadata, spec: 'x', status: 7 }), undefined);
    });
  }
});
