import type { KubeClient } from '../../kube/client.ts';
import { Reflector } from '../../kube/reflector.ts';
import { resources } from '../../kube/resources.ts';
import { Store } from '../../kube/store.ts';
import { readTrackedImage } from '../../kube/tracked-images.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { systemClock } from '../../runtime/clock.ts';
import { kubeTrouble } from '../cluster/kube-trouble.ts';
import type { CommandContext } from '../command.ts';
import { inOrder, isAskedFor, type TrackedQuestion } from './tracked-lookup.ts';
import { AppendedWatch, DrawnWatch, type WatchView } from './watch-view.ts';

/** What is watched, and how it is shown. */
export interface Watching {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly question: TrackedQuestion;
  /** Whether it may lie in any namespace, and so is named with it. */
  readonly everywhere: boolean;
  /** JSON lines, also on a terminal. */
  readonly json: boolean;
  /** The whole picture, for a terminal. */
  readonly lines: (images: readonly TrackedImage[]) => readonly string[];
  /** The machine's where left out. */
  readonly clock?: Clock;
}

/** Milliseconds in which changes are gathered before they are shown. */
const gathering = 100;

/**
 * Shows TrackedImages and what changes of them until the signal is aborted, which is a good end: resolves with 0. While the API
 * server is away what was last seen stays; resolves with why, where the person may not watch.
 */
export async function watchTracked(context: CommandContext, watching: Watching): Promise<number | string> {
  const { client, question, clock = systemClock } = watching;
  const view = viewOf(context, watching, clock);
  const store = new Store<TrackedImage>();
  const refused = new AbortController();
  const signal = AbortSignal.any([context.signal, refused.signal]);
  let pending = false;
  const show = () => {
    pending = false;
    if (signal.aborted) return;
    view.show(inOrder(store.list()), reflector.problem?.message);
  };
  const showSoon = () => {
    if (pending) return;
    pending = true;
    clock.schedule(gathering, show);
  };
  const log = listening((code) => (code === 'Forbidden' ? refused.abort() : showSoon()));
  const reflector = new Reflector({
    client,
    resource: resources.trackedImages,
    namespace: question.namespace,
    project: (object) => {
      const image = readTrackedImage(object);
      return image && isAskedFor(image, question) ? image : undefined;
    },
    store,
    clock,
    log,
    metrics: { informerRestart: () => undefined },
  });
  store.onChange(showSoon);
  const running = reflector.run(signal);
  await reflector.whenSynced(signal).catch(() => undefined);
  show();
  await running;
  view.close();
  return refused.signal.aborted && reflector.problem ? kubeTrouble(reflector.problem) : 0;
}

function viewOf(
  { terminal, print, complain, write }: CommandContext,
  { json, everywhere, lines }: Watching,
  clock: Clock,
): WatchView {
  return terminal && !json
    ? new DrawnWatch(write, lines)
    : new AppendedWatch({ print, complain, clock, json, everywhere });
}

/** A log that hears with which code the watch fails, and that it works again. */
function listening(heard: (code: unknown) => void): Logger {
  const tell = (fields: Readonly<Record<string, unknown>>) => heard(fields['code']);
  return { debug: () => undefined, info: tell, warn: tell, error: tell };
}
