import { KubeClient } from '../../kube/client.ts';
import type { KubeConnection } from '../../kube/connection.ts';
import { resources } from '../../kube/resources.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { collectionOf } from './collection.ts';
import type { Pace } from './container-run.ts';
import type { Behaviour, ImageSource } from './image-source.ts';
import { Kubelet } from './kubelet.ts';
import { noLog, noMetrics } from './no-telemetry.ts';

/** How a fake kubelet is started. It works on any API server, the sandbox's or a real one. */
export interface FakeKubeletOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly images: ImageSource;
  /** What containers do; healthy ones where left out. */
  readonly behaviour?: Behaviour;
  readonly nodeName?: string;
  /** 30 ms a step and the back-off of a real kubelet where left out. */
  readonly pace?: Pace;
  readonly log?: Logger;
}

/** Something that runs until it is closed. */
export interface Closable {
  close(): Promise<void>;
}

/** 30 ms a step, so that a person can watch it, and the back-off of a real kubelet. */
const ordinaryPace: Pace = { step: 30, backoff: { initial: 10_000, longest: 300_000 } };

/**
 * Starts a node that schedules every unscheduled pod onto itself, says that it runs, and runs nothing.
 * Resolves once it follows the pods. With a scheduler in the cluster it serves the pods of its own name only.
 */
export async function startFakeKubelet(options: FakeKubeletOptions): Promise<Closable> {
  const { connection, clock, images, log = noLog } = options;
  const client = new KubeClient({ connection, clock, metrics: noMetrics, userAgent: 'kubelet' });
  const pods = collectionOf(resources.pods, { client, clock, log });
  const kubelet = new Kubelet({
    client,
    clock,
    log,
    pods,
    images,
    nodeName: options.nodeName ?? 'sandbox-node',
    behaviour: options.behaviour ?? (() => ({})),
    pace: options.pace ?? ordinaryPace,
  });
  const stop = new AbortController();
  const running = Promise.all([pods.run(stop.signal), kubelet.run(stop.signal)]);
  await pods.whenSynced(stop.signal);
  return {
    async close() {
      stop.abort(new Error('the fake kubelet was closed'));
      await running;
      await client.close();
    },
  };
}
