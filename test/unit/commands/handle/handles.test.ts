import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { approve } from '../../../../src/commands/handle/approve.ts';
import { check } from '../../../../src/commands/handle/check.ts';
import type { Wish } from '../../../../src/commands/handle/ask.ts';
import type { Handle } from '../../../../src/commands/handle/handle.ts';
import { handles } from '../../../../src/commands/handle/handles.ts';
import { hold, resume } from '../../../../src/commands/handle/hold.ts';
import { retry } from '../../../../src/commands/handle/retry.ts';
import { rollback } from '../../../../src/commands/handle/rollback.ts';
import { skip } from '../../../../src/commands/handle/skip.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import type { TrackedImage } from '../../../../src/model/tracked-image.ts';
import { trackedImage } from './tracked-object.ts';

const now = '2026-01-01T00:00:00.000Z';
const earlier = '2025-12-31T00:00:00Z';
const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

function wish(handle: Handle, words: readonly string[] = [], flags: readonly string[] = []): Wish {
  const read = handle.read(words, new Map(flags.map((flag) => [flag, ['true']])), now);
  return typeof read === 'string' ? assert.fail(read) : read;
}

/** Why a handle does not take some words. */
function refusal(handle: Handle, words: readonly string[]): string {
  const read = handle.read(words, new Map(), now);
  return typeof read === 'string' ? read : assert.fail(`it takes ${words.join(' ')}`);
}

function edit(one: Wish, image: TrackedImage) {
  return one.edit(image, image);
}

describe('hold and resume', () => {
  it('change the hold, and nothing where it is so already', () => {
    assert.deepEqual(edit(wish(hold), trackedImage()), { kind: 'write', spec: { hold: true } });
    assert.deepEqual(edit(wish(hold), trackedImage({ hold: true })), { kind: 'none' });
    assert.deepEqual(edit(wish(resume), trackedImage({ hold: true })), {
      kind: 'write',
      spec: { hold: false },
    });
    assert.deepEqual(edit(wish(resume), trackedImage()), { kind: 'none' });
  });
});

describe('check', () => {
  it('is answered by a look that was asked for then or later, and by a registry that asks to wait', () => {
    const { answer } = wish(check);
    const seen = trackedImage();
    assert.equal(answer(trackedImage({}, { checkedAt: earlier }), seen), undefined);
    assert.equal(answer(trackedImage({}, { checkedAt: now }), seen)?.well, true);
    assert.equal(answer(trackedImage({}, { checkedAt: '2026-01-01T00:00:01Z' }), seen)?.well, true);
    const limited = trackedImage({}, { checkedAt: earlier, state: 'Deferred', reason: 'RateLimited' });
    assert.equal(answer(limited, seen)?.well, false);
  });
});

describe('retry', () => {
  it('tells what is forgotten', () => {
    const rejected = [{ digest, tag: '1.1.0', reason: 'RolloutFailed', message: 'it crashed', at: earlier }];
    const before = trackedImage({}, { rejected });
    const { answer } = wish(retry);
    assert.equal(answer(before, before), undefined);
    assert.deepEqual(answer(trackedImage({}, { retriedAt: now }), before), {
      well: true,
      text: 'forgotten: 1.1.0',
    });
  });
});

describe('skip', () => {
  it('adds to what is passed over, each once', () => {
    const image = trackedImage({ skip: ['1.1.0'] });
    assert.deepEqual(edit(wish(skip, ['1.1.0', `1.2.0@${digest}`, digest]), image), {
      kind: 'write',
      spec: { skip: ['1.1.0', `1.2.0@${digest}`, digest] },
    });
    assert.deepEqual(edit(wish(skip, ['1.1.0']), image), { kind: 'none' });
  });

  it('takes away what was passed over, and only that', () => {
    const image = trackedImage({ skip: ['1.1.0', '1.2.0'] });
    assert.deepEqual(edit(wish(skip, ['1.1.0'], ['remove']), image), {
      kind: 'write',
      spec: { skip: ['1.2.0'] },
    });
    assert.equal(edit(wish(skip, ['1.3.0'], ['remove']), image).kind, 'refused');
  });

  it('keeps to what the custom resource may hold', () => {
    const image = trackedImage({ skip: Array.from({ length: 50 }, (_, index) => `1.${index}.0`) });
    assert.equal(edit(wish(skip, ['2.0.0']), image).kind, 'refused');
  });

  it('takes no word that names nothing', () => {
    for (const words of [[], ['1.1.0', 'a b'], ['sha256:12'], ['shop/web:1.1.0']]) {
      assert.match(refusal(skip, words), /tag|digest/);
    }
  });
});

describe('approve', () => {
  const candidate = `1.1.0@${digest}`;
  const waiting = trackedImage({}, { candidate, reason: 'AwaitingApproval' });

  it('binds what it approves to the digest that the person saw', () => {
    const expected = { kind: 'write', spec: { approve: candidate } };
    assert.deepEqual(edit(wish(approve), waiting), expected);
    assert.deepEqual(edit(wish(approve, ['1.1.0']), waiting), expected);
    assert.deepEqual(edit(wish(approve, [candidate]), trackedImage()), expected);
  });

  it('approves no candidate that nobody has seen', () => {
    const moved = trackedImage({}, { candidate: `1.2.0@${other}`, reason: 'AwaitingApproval' });
    const refused = wish(approve).edit(moved, waiting);
    assert.ok(refused.kind === 'refused' && refused.message.includes('1.2.0'), JSON.stringify(refused));
  });

  it('says that nothing waits, or that something else does', () => {
    const nothing = edit(wish(approve), trackedImage());
    assert.ok(nothing.kind === 'refused' && nothing.message.includes('UpToDate: all is well'));
    const something = edit(wish(approve, ['1.0.9']), waiting);
    assert.ok(something.kind === 'refused' && something.message.includes(candidate));
  });

  it('is answered when the controller has understood it', () => {
    const { answer } = wish(approve);
    const asked = { approve: candidate };
    assert.equal(answer(trackedImage(asked), waiting), undefined);
    const approval = { asked: candidate, image: candidate };
    assert.equal(answer(trackedImage(asked, { approval }), waiting)?.well, true);
    assert.equal(answer(trackedImage(asked, { approval: { asked: candidate } }), waiting)?.well, false);
  });
});

describe('rollback', () => {
  const update = { from: 'shop/web:1.0.0', to: 'shop/web:1.1.0', at: earlier, outcome: 'Verified' };

  it('goes back to what stood there before the last update, by digest where that is known', () => {
    const image = trackedImage({}, { image: update.to, history: [update] });
    assert.deepEqual(edit(wish(rollback), image), { kind: 'write', spec: { rollbackTo: '1.0.0' } });
    const known = trackedImage({}, { image: update.to, history: [{ ...update, fromDigest: digest }] });
    assert.deepEqual(edit(wish(rollback), known), {
      kind: 'write',
      spec: { rollbackTo: `1.0.0@${digest}` },
    });
  });

  it('goes back to the image that is named', () => {
    assert.deepEqual(edit(wish(rollback, ['0.9.0']), trackedImage()), {
      kind: 'write',
      spec: { rollbackTo: '0.9.0' },
    });
  });

  it('is answered when it was written, and when something hinders it', () => {
    const { answer } = wish(rollback);
    const asked = { rollbackTo: '1.0.0' };
    const before = trackedImage();
    assert.equal(answer(trackedImage(asked), before), undefined);
    assert.equal(answer(trackedImage(asked, { rolledBackTo: '1.0.0' }), before)?.well, true);
    const held = trackedImage(asked, { state: 'Held', reason: 'PersonalHold' });
    assert.equal(answer(held, before)?.well, false);
  });

  it('says whether anything was written', () => {
    const { answer } = wish(rollback);
    const before = trackedImage({}, { history: [update] });
    const done = { rolledBackTo: '1.0.0' };
    const nothing = answer(trackedImage({ rollbackTo: '1.0.0' }, { ...done, history: [update] }), before);
    assert.deepEqual(nothing, { well: true, text: 'nothing to do for 1.0.0' });
    const history = [{ ...update, from: update.to, to: update.from, at: now }, update];
    const written = answer(trackedImage({ rollbackTo: '1.0.0' }, { ...done, history }), before);
    assert.deepEqual(written, { well: true, text: 'going back to 1.0.0' });
  });

  it('takes a restart back only to a digest, because its tag means what runs', () => {
    const restart = { ...update, from: 'shop/web:latest', to: 'shop/web:latest' };
    const after = (entry: JsonObject) => trackedImage({}, { image: restart.to, history: [entry] });
    const unknown = edit(wish(rollback), after(restart));
    assert.ok(unknown.kind === 'refused', JSON.stringify(unknown));
    assert.match(unknown.message, /nobody knows which image ran before the last restart/);
    assert.deepEqual(edit(wish(rollback), after({ ...restart, fromDigest: digest })), {
      kind: 'write',
      spec: { rollbackTo: `latest@${digest}` },
    });
  });

  it('takes nothing back where nothing was updated, or it was taken back already', () => {
    assert.equal(edit(wish(rollback), trackedImage()).kind, 'refused');
    const history = [{ ...update, outcome: 'RolledBack' }];
    assert.equal(edit(wish(rollback), trackedImage({}, { image: update.from, history })).kind, 'refused');
  });
});

describe('a handle that takes no words', () => {
  for (const handle of Object.values(handles).filter(({ words }) => words === '')) {
    it(`refuses one: ${handle.name}`, () => {
      assert.match(refusal(handle, ['1.1.0']), /^what is "1\.1\.0"\?/);
    });
  }
});
