import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { Ledger } from './ledger.ts';
import { writerMark } from './sight.ts';

const digests = { '1.1.0': `sha256:${'1'.repeat(64)}`, '1.2.0': `sha256:${'2'.repeat(64)}` } as const;

/** A version of a Deployment as the ledger reads it. */
interface Version {
  readonly tag: string;
  readonly policy?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: JsonObject;
}

function version({ tag, policy = 'minor', annotations = {}, spec = {} }: Version): JsonObject {
  const template = { metadata: {}, spec: { containers: [{ name: 'app', image: `reg/app:${tag}` }] } };
  return {
    kind: 'Deployment',
    metadata: {
      namespace: 'team',
      name: 'app',
      uid: 'u',
      annotations: { 'plimsoll.dev/policy': policy, ...annotations },
    },
    spec: { replicas: 1, template, ...spec },
  };
}

/** What the controller leaves on a workload when it writes. */
function mark(
  from: string,
  to: keyof typeof digests | '1.0.0',
  more: JsonObject = {},
): Readonly<Record<string, string>> {
  const digest = to === '1.0.0' ? {} : { digest: digests[to] };
  const record = {
    container: 'app',
    from: `reg/app:${from}`,
    to: `reg/app:${to}`,
    ...digest,
    at: '2026-11-21T13:00:00.000Z',
    policy: 'minor',
  };
  return { 'plimsoll.dev/last-update': JSON.stringify({ ...record, ...more }) };
}

const update = mark('1.0.0', '1.1.0');
const undo = mark('1.1.0', '1.0.0', { undo: true, at: '2026-11-21T13:01:00.000Z' });

/** A ledger that has seen a story, in which the registry has the images of `digests`. */
function ledgerOf(...story: readonly JsonObject[]): Ledger {
  const pushed: readonly string[] = Object.values(digests);
  const ledger = new Ledger((_image, digest) => pushed.includes(digest));
  for (const each of story) ledger.see(each);
  return ledger;
}

/** The invariants that a story breaks. */
function broken(...story: readonly JsonObject[]): readonly string[] {
  return ledgerOf(...story).violations.map(({ invariant }) => invariant);
}

describe('the ledger of a chaos run', () => {
  it('is content with an update that the policy allows, its undo, and a newer one', () => {
    const later = mark('1.0.0', '1.2.0', { at: '2026-11-21T13:02:00.000Z' });
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: undo }),
      version({ tag: '1.2.0', annotations: later }),
    ];
    assert.deepEqual(broken(...story), []);
  });

  it('sees a move that the policy does not allow', () => {
    const story = [
      version({ tag: '1.0.0', policy: 'patch' }),
      version({ tag: '1.1.0', policy: 'patch', annotations: update }),
    ];
    assert.deepEqual(broken(...story), ['policy']);
  });

  it('sees an image that is tried again after it was undone', () => {
    const again = mark('1.0.0', '1.1.0', { at: '2026-11-21T13:02:00.000Z' });
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: undo }),
      version({ tag: '1.1.0', annotations: again }),
    ];
    assert.deepEqual(broken(...story), ['rejected']);
  });

  it('sees an image that is written again after a person took it away', () => {
    const again = mark('1.0.0', '1.1.0', { at: '2026-11-21T13:02:00.000Z' });
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: { ...update, [writerMark]: 'kubectl-set#1' } }),
      version({ tag: '1.1.0', annotations: { ...again, [writerMark]: 'kubectl-set#1' } }),
    ];
    assert.deepEqual(broken(...story), ['rejected']);
  });

  it('allows a tool to be put right that applied an old manifest', () => {
    const again = mark('1.0.0', '1.1.0', { at: '2026-11-21T13:02:00.000Z' });
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: { ...update, [writerMark]: 'helm#1' } }),
      version({ tag: '1.1.0', annotations: { ...again, [writerMark]: 'helm#1' } }),
    ];
    assert.deepEqual(broken(...story), []);
  });

  it('sees an update that was decided on another image', () => {
    assert.deepEqual(broken(version({ tag: '1.0.1' }), version({ tag: '1.1.0', annotations: update })), [
      'compare-and-swap',
    ]);
  });

  it('sees that something besides the image was written', () => {
    const scaled = version({ tag: '1.1.0', annotations: update, spec: { replicas: 2 } });
    assert.deepEqual(broken(version({ tag: '1.0.0' }), scaled), ['images only']);
  });

  it('sees an update of what is suspended or paused', () => {
    const suspend = { 'plimsoll.dev/suspend': 'true' };
    const story = [
      version({ tag: '1.0.0', annotations: suspend }),
      version({ tag: '1.1.0', annotations: { ...suspend, ...update } }),
    ];
    assert.deepEqual(broken(...story), ['people win']);
  });

  it('sees an undo over what somebody else wrote', () => {
    assert.deepEqual(broken(version({ tag: '1.1.0' }), version({ tag: '1.0.0', annotations: undo })), [
      'people win',
    ]);
  });

  it('sees a third image where the old one belongs', () => {
    const third = {
      'plimsoll.dev/last-update': JSON.stringify({
        container: 'app',
        from: 'reg/app:1.1.0',
        to: 'reg/app:0.9.0',
        at: '2026-11-21T13:01:00.000Z',
        policy: 'minor',
        undo: true,
      }),
    };
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '0.9.0', annotations: third }),
    ];
    assert.deepEqual(broken(...story), ['never a third']);
  });

  it('sees an update to what nobody pushed', () => {
    const liar = { digest: `sha256:${'0'.repeat(64)}` };
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: mark('1.0.0', '1.1.0', liar) }),
    ];
    assert.deepEqual(broken(...story), ['true images']);
  });

  it('outlaws what was rejected for as long as the image that stands there is the one that was put back', () => {
    const story = [
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: undo }),
    ];
    assert.deepEqual([...ledgerOf(...story).outlawed('u')], [digests['1.1.0']]);
    const byPerson = version({ tag: '1.1.0', annotations: { ...undo, [writerMark]: 'kubectl-set#1' } });
    assert.deepEqual([...ledgerOf(...story, byPerson).outlawed('u')], []);
  });

  it('forgets what was rejected when a person says so', () => {
    const again = mark('1.0.0', '1.1.0', { at: '2026-11-21T13:02:00.000Z' });
    const ledger = ledgerOf(
      version({ tag: '1.0.0' }),
      version({ tag: '1.1.0', annotations: update }),
      version({ tag: '1.0.0', annotations: undo }),
    );
    ledger.forgive('u');
    ledger.see(version({ tag: '1.1.0', annotations: again }));
    assert.deepEqual(ledger.violations, []);
    assert.deepEqual(ledger.counts, { updates: 2, undos: 1 });
  });
});
