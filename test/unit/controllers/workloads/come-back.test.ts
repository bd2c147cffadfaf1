import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMemory } from '../../../../src/controllers/memory/memory.ts';
import { comeBackAfter } from '../../../../src/controllers/workloads/come-back.ts';
import { nothingSeen } from '../../../../src/controllers/repositories/repository-store.ts';
import { type Verdict, withoutChoice } from '../../../../src/controllers/workloads/verdict.ts';
import type { Reason } from '../../../../src/model/reasons.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { policyOf } from '../../../support/policies.ts';

const container = containerOf(aWorkload());
const now = 1_000_000;

function verdictOf(reason: Reason, parts: Partial<Verdict> = {}, after?: number): Verdict {
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  const step =
    after === undefined
      ? undefined
      : ({ outcome: 'InProgress', message: '', complete: false, after } as const);
  const view = {
    container,
    policy: policyOf(),
    tracked: undefined,
    memory: emptyMemory,
    lookup: { key: 'docker.io/library/app#x', access, secretProblems: [] },
    step,
  } as const;
  return {
    view,
    decision: withoutChoice(container, { reason, message: '' }, undefined),
    running: [],
    ...parts,
  };
}

function after(until: number | undefined, ...verdicts: readonly Verdict[]): number | undefined {
  const problem = until === undefined ? undefined : ({ reason: 'Unauthorized', message: '', until } as const);
  return comeBackAfter(verdicts, { observation: () => ({ ...nothingSeen, problem }) }, now);
}

test('a workload with nothing to wait for comes back only when something happens', () => {
  assert.equal(after(undefined), undefined);
  assert.equal(after(undefined, verdictOf('UpToDate')), undefined);
});

test('the earliest of several waits counts, and none is less than a millisecond', () => {
  assert.equal(
    after(undefined, verdictOf('UpToDate', {}, 500), verdictOf('WriteDenied', { rest: 300 })),
    300,
  );
  assert.equal(after(undefined, verdictOf('UpToDate', {}, -5)), 1);
});

test('a secret that cannot be read, and is not needed, is looked at again all the same', () => {
  const { view, ...verdict } = verdictOf('UpToDate');
  const lookup = view.lookup && { ...view.lookup, secretProblems: ['Secret shop/regcred does not exist'] };
  assert.equal(after(undefined, { ...verdict, view: { ...view, lookup } }), 900_000);
});

test('a refused credential is looked at when the registry is, and at least a minute apart', () => {
  assert.equal(after(now + 90_000, verdictOf('Unauthorized')), 90_000);
  assert.equal(after(now + 1_000, verdictOf('Forbidden')), 60_000);
  assert.equal(after(now - 30_000, verdictOf('SecretUnreadable')), 60_000);
  assert.equal(after(undefined, verdictOf('Unauthorized')), 60_000);
});

test('another failure of the registry is its own loop’s to repeat', () => {
  assert.equal(after(now + 5_000, verdictOf('Unavailable')), undefined);
});
