import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putBack } from '../../../src/rollout/undo.ts';
import { digestOf } from '../../support/fake-registry.ts';

const old = digestOf('old');
const bad = digestOf('bad');

interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly known?: string;
  readonly meaning?: string;
  /** Undefined: nothing can be put back. */
  readonly image: string | undefined;
}

const cases: readonly Case[] = [
  { what: 'a moved tag', from: 'app:1.2.3', to: 'app:1.3.0', image: 'app:1.2.3' },
  { what: 'a moved tag of a known digest', from: 'app:1.2', to: 'app:1.3', known: old, image: 'app:1.2' },
  {
    what: 'a moved tag, of which the old one means something else now',
    from: 'app:1.2',
    to: 'app:1.3',
    known: old,
    meaning: bad,
    image: `app:1.2@${old}`,
  },
  {
    what: 'a pinned reference',
    from: `app:1.2@${old}`,
    to: `app:1.3@${bad}`,
    image: `app:1.2@${old}`,
  },
  { what: 'a new pin', from: 'app:1.5', to: `app:1.5@${bad}`, known: old, image: `app:1.5@${old}` },
  { what: 'a restart', from: 'app:1.5', to: 'app:1.5', known: old, image: `app:1.5@${old}` },
  { what: 'a restart without a tag', from: 'app', to: 'app', known: old, image: `app:latest@${old}` },
  { what: 'a restart of something unknown', from: 'app', to: 'app', image: undefined },
];

for (const { what, from, to, known, meaning, image } of cases) {
  test(`${what} is put back as ${image?.slice(0, 24) ?? 'nothing'}`, () => {
    const found = putBack({ from, to, fromDigest: known }, meaning);
    assert.equal(found.kind === 'known' ? found.image : undefined, image);
  });
}
