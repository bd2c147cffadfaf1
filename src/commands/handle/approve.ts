import { isTag, parseImageReference } from '../../model/image-reference.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { stateText } from '../state-text.ts';
import type { Edit, Wish } from './ask.ts';
import type { Handle } from './handle.ts';

/** `plimsoll approve`: let one update through the gate of `mode: approve`. */
export const approve: Handle = {
  name: 'approve',
  words: '[TAG[@DIGEST]]',
  purpose:
    'Approves what waits for it under mode: approve; without a tag, what status shows as the candidate. What is approved is one image: a tag is bound to the digest that it has now. Other gates, a window for example, stay as they are.',
  image: 'candidate',
  examples: [
    { what: 'what status shows as the candidate', line: 'approve deployment/web' },
    { what: 'one image of several that are tracked', line: 'approve deployment/web 1.3.0 -c app' },
  ],
  flags: [],
  single: true,
  read: ([image, ...more]) => {
    if (more.length > 0) return 'approve one image at a time';
    if (image !== undefined && !isTag(image) && !namesImage(image)) {
      return `${JSON.stringify(image)} is neither a tag nor TAG@DIGEST`;
    }
    return approving(image);
  },
};

function approving(wanted: string | undefined): Wish {
  return {
    text: 'approve',
    edit: (image, seen) => {
      const bound = bind(wanted, image, seen);
      if (bound.kind === 'refused') return bound;
      return image.spec.approve === bound.image
        ? { kind: 'none' }
        : { kind: 'write', spec: { approve: bound.image } };
    },
    answer: ({ spec, status }) => {
      const { approval } = status ?? {};
      if (approval?.asked !== spec.approve) return undefined;
      return approval?.image === undefined
        ? { well: false, text: `${spec.approve} is not what waits for approval` }
        : { well: true, text: `approved: ${approval.image}` };
    },
  };
}

type Bound = { readonly kind: 'bound'; readonly image: string } | Extract<Edit, { readonly kind: 'refused' }>;

/** The one image that is approved. What took the candidate's place since the person asked is approved by nobody. */
function bind(wanted: string | undefined, { status }: TrackedImage, seen: TrackedImage): Bound {
  if (wanted !== undefined && namesImage(wanted)) return { kind: 'bound', image: wanted };
  const { candidate } = status ?? {};
  if (!status || candidate === undefined || !namesImage(candidate)) {
    const verdict = status
      ? `${stateText(status.state, status.reason)}: ${status.message}`
      : 'nothing was told yet';
    return { kind: 'refused', message: `nothing waits for approval; ${verdict}` };
  }
  if (candidate !== seen.status?.candidate) {
    return {
      kind: 'refused',
      message: `the candidate has just become ${candidate}; approve it if you like it`,
    };
  }
  if (wanted === undefined || candidate.startsWith(`${wanted}@`)) return { kind: 'bound', image: candidate };
  return {
    kind: 'refused',
    message: `the candidate is ${candidate}; to approve another image name it as TAG@DIGEST`,
  };
}

function namesImage(text: string): boolean {
  const parsed = parseImageReference(`x:${text}`);
  return parsed.ok && parsed.value.digest !== undefined;
}
