import type { Wish } from './ask.ts';
import { type Handle, unexpected } from './handle.ts';

/** `plimsoll hold`: no update is applied until `resume`. */
export const hold: Handle = {
  name: 'hold',
  words: '',
  purpose:
    'Keeps every update of a workload back until plimsoll resume. A rollout that is under way is followed on, but a failed one is not put back while the workload is held.',
  examples: [
    { what: 'keep every container of a workload as it is', line: 'hold deployment/web' },
    { what: 'keep one container as it is', line: 'hold deployment/web -c app' },
  ],
  flags: [],
  single: false,
  read: (words) =>
    unexpected(words) ??
    holding(true, ['held: no update is applied until it is resumed', 'was held already']),
};

/** `plimsoll resume`: ends what `hold` began. */
export const resume: Handle = {
  name: 'resume',
  words: '',
  purpose: 'Ends a hold: updates are applied again as the policy allows.',
  examples: [{ what: 'let updates come again', line: 'resume deployment/web' }],
  flags: [],
  single: false,
  read: (words) => unexpected(words) ?? holding(false, ['held no longer', 'was not held']),
};

function holding(hold: boolean, [done, already]: readonly [string, string]): Wish {
  return {
    text: hold ? 'hold' : 'resume',
    edit: ({ spec }) => (spec.hold === hold ? { kind: 'none' } : { kind: 'write', spec: { hold } }),
    answer: (_now, before) => ({ well: true, text: before.spec.hold === hold ? already : done }),
  };
}
