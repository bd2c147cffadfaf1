import { type Handle, unexpected } from './handle.ts';

/** `plimsoll check`: look at the registry now. */
export const check: Handle = {
  name: 'check',
  words: '',
  purpose: 'Has the registry looked at now, whatever the interval, and says what came of it.',
  examples: [
    { what: 'look now, and say what came of it', line: 'check deployment/web' },
    { what: 'have a look asked for, and do not wait', line: 'check deployment/web --wait=false' },
  ],
  flags: [],
  single: false,
  read: (words, _flags, now) =>
    unexpected(words) ?? {
      text: 'check',
      edit: () => ({ kind: 'write', spec: { checkAt: now } }),
      answer: ({ status }) => {
        // Somebody may have asked for a later look meanwhile; that one answers as well.
        if (Date.parse(status?.checkedAt ?? '') >= Date.parse(now)) {
          return { well: true, text: 'the registry was looked at' };
        }
        const isDeferred = status?.state === 'Deferred';
        return isDeferred
          ? { well: false, text: 'the registry is looked at as soon as it allows' }
          : undefined;
      },
    },
};
