import type { TrackedImage } from '../../model/tracked-image.ts';
import { type Handle, unexpected } from './handle.ts';

/** `plimsoll retry`: forget what failed and what was put back. */
export const retry: Handle = {
  name: 'retry',
  words: '',
  purpose:
    'Forgets which images failed, which a person went back from and what another tool put back, so that they may be chosen again. It also opens a namespace that too many failed updates have closed.',
  examples: [{ what: 'have tried again what failed', line: 'retry deployment/web' }],
  flags: [],
  single: false,
  read: (words, _flags, now) =>
    unexpected(words) ?? {
      text: 'retry',
      edit: () => ({ kind: 'write', spec: { retry: now } }),
      answer: ({ status }, before) =>
        Date.parse(status?.retriedAt ?? '') >= Date.parse(now)
          ? { well: true, text: forgotten(before) }
          : undefined,
    },
};

function forgotten({ status }: TrackedImage): string {
  const names = [
    ...(status?.rejected ?? []).map(({ tag }) => tag),
    ...(status?.reverts.length ? ['what another tool put back'] : []),
  ];
  return names.length === 0 ? 'there was nothing to forget' : `forgotten: ${names.join(', ')}`;
}
