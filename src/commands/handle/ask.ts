import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { readTrackedImage } from '../../kube/tracked-images.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';

/**
 * What becomes of `spec`: fields to merge, nothing because it says so already, or why it cannot be asked. `clear`: fields
 * to be taken away first, because only a new value is heard; when that was seen, the edit is asked anew.
 */
export type Edit =
  | { readonly kind: 'write' | 'clear'; readonly spec: JsonObject }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly message: string };

/** What the controller made of a wish: one clause for people, and whether that is what was wanted. */
export interface Answer {
  readonly well: boolean;
  readonly text: string;
}

/** What a person asks of one container. */
export interface Wish {
  /**
   * The edit of a TrackedImage. Asked anew where somebody else was faster; `seen` is what the person could have seen when
   * they asked.
   */
  readonly edit: (image: TrackedImage, seen: TrackedImage) => Edit;
  /** The wish as a clause, for who does not wait: `hold`. */
  readonly text: string;
  /** Reads the answer out of a status that has seen the edit; undefined where the controller is not done with it. */
  readonly answer: (now: TrackedImage, before: TrackedImage) => Answer | undefined;
}

/** How a wish ended. `late`: it stands in `spec`, and nothing answered in time. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly image: TrackedImage }
  | { readonly kind: 'written' }
  | { readonly kind: 'late' }
  | { readonly kind: 'refused'; readonly message: string };

/** How a wish is made. */
export interface AskOptions {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly clock: Clock;
  /** Milliseconds to wait for an answer; undefined: do not wait. */
  readonly patience: number | undefined;
  readonly signal: AbortSignal;
}

const mostAttempts = 5;
const shortestPause = 100;
const longestPause = 1_000;
/** Fields that the cluster's definition lacks are refused instead of dropped. */
const writing = { fieldManager: 'plimsoll-cli', fieldValidation: 'Strict' };

/**
 * Writes a wish into the `spec` of a TrackedImage and waits for what the controller makes of it. The write is a
 * compare-and-swap, so that nothing of what others write is lost. Rejects with a `KubeError`, or with the reason of the signal.
 */
export async function ask(options: AskOptions, seen: TrackedImage, wish: Wish): Promise<Outcome> {
  const written = await write(options, seen, wish);
  if (written.kind === 'refused') return written;
  if (written.kind === 'cleared') {
    if (options.patience === undefined)
      return { kind: 'refused', message: 'it can only be asked again by who waits' };
    const isSeen = { ...wish, answer: () => ({ well: true, text: '' }) };
    const heard = await awaitAnswer(options, { seen, asked: written.image, wish: isSeen });
    return heard.kind === 'answered' ? ask(options, heard.image, wish) : heard;
  }
  return options.patience === undefined
    ? { kind: 'written' }
    : awaitAnswer(options, { seen, asked: written.image, wish });
}

type Written =
  | { readonly kind: 'written' | 'cleared'; readonly image: TrackedImage }
  | { readonly kind: 'refused'; readonly message: string };

async function write(options: AskOptions, seen: TrackedImage, wish: Wish): Promise<Written> {
  const { client, signal } = options;
  let image = seen;
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const edit = wish.edit(image, seen);
    if (edit.kind === 'refused') return edit;
    if (edit.kind === 'none') return { kind: 'written', image };
    const body = { metadata: { resourceVersion: image.resourceVersion }, spec: edit.spec };
    try {
      const answer = await client.patch(pathOf(seen), body, { type: 'merge', query: writing, signal });
      const kind = edit.kind === 'clear' ? 'cleared' : 'written';
      return { kind, image: readTrackedImage(answer) ?? image };
    } catch (error) {
      if (!isKubeError(error, 'Conflict')) throw error;
    }
    image = await read(options, seen);
  }
  return { kind: 'refused', message: 'somebody else keeps changing its TrackedImage; try again' };
}

async function awaitAnswer(
  options: AskOptions,
  { seen, asked, wish }: { readonly seen: TrackedImage; readonly asked: TrackedImage; readonly wish: Wish },
): Promise<Outcome> {
  const { clock, patience = 0, signal } = options;
  const end = clock.monotonic() + patience;
  let image = asked;
  for (let pause = shortestPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const isSeen = (image.status?.observedGeneration ?? 0) >= asked.generation;
    const answer = isSeen ? wish.answer(image, seen) : undefined;
    if (answer) return { kind: 'answered', answer, image };
    if (clock.monotonic() >= end) return { kind: 'late' };
    await clock.sleep(Math.min(pause, Math.max(1, end - clock.monotonic())), signal);
    image = await read(options, seen);
  }
}

async function read({ client, signal }: AskOptions, seen: TrackedImage): Promise<TrackedImage> {
  return readTrackedImage(await client.get(pathOf(seen), { signal })) ?? seen;
}

function pathOf({ ref, name }: TrackedImage): string {
  return objectPath(resources.trackedImages, ref.workload.namespace, name);
}
