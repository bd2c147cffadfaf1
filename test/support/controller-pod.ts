import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { AppEnd } from '../../src/app.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { splitLines } from '../../src/kube/lines.ts';
import { listPodsAs } from '../../src/kube/pods.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import type { Controller } from '../behaviour/controller.ts';
import { searchMetrics } from '../behaviour/search-namespace.ts';
import { systemNamespace } from './installation.ts';

const { signal } = new AbortController();
const longestLine = 1_048_576;

/** By what the pod is reached. */
export interface PodAccess {
  readonly client: KubeClient;
  /** For what is no JSON: the log. */
  readonly transport: Transport;
}

/** What is created, and by which label its pod is found. */
export interface PodMaker {
  readonly collection: string;
  readonly body: JsonObject;
  readonly selector: string;
}

/** The pod as its kubelet last reported it. */
interface PodState {
  readonly name: string;
  readonly address: string | undefined;
  readonly restarts: number;
  /** Why its container does not run, where it is not only being made. */
  readonly trouble: string | undefined;
  /** Whether its container runs or has run, so that there is a log. */
  readonly hasLog: boolean;
  /** Ended, and not to be started again. */
  readonly isOver: boolean;
}

/** A controller in a pod, followed by its log. It is stopped with an error if it has ended by itself and was started again. */
export class ControllerPod implements Controller {
  readonly #access: PodAccess;
  readonly #maker: PodMaker;
  readonly #tell: (line: string) => void;
  readonly #made: Promise<JsonObject>;
  readonly ended: Promise<AppEnd>;
  #stopping = false;

  constructor(access: PodAccess, maker: PodMaker, tell: (line: string) => void) {
    this.#access = access;
    this.#maker = maker;
    this.#tell = tell;
    this.#made = access.client.create(maker.collection, maker.body, { signal });
    this.ended = this.#follow();
    // Whoever waits for something else learns it from the log.
    this.ended.catch((error: unknown) => tell(`the pod of the controller: ${String(error)}\n`));
  }

  async stop(): Promise<void> {
    const name = textAt(await this.#made, 'metadata', 'name') ?? '';
    const pod = await this.#pod();
    if (pod?.address !== undefined) await searchMetrics(`${pod.address}:8080`);
    this.#stopping = true;
    const path = `${this.#maker.collection}/${name}`;
    // What belongs to it goes with it, as when somebody uninstalls it.
    await this.#access.client
      .delete(path, { query: { propagationPolicy: 'Background' }, signal })
      .catch((error: unknown) => {
        if (!isKubeError(error, 'NotFound')) throw error;
      });
    await this.ended.catch(() => undefined);
    const restarts = pod?.restarts ?? 0;
    if (restarts > 0) throw new Error(`${name} ended by itself and was started again, ${restarts} times`);
  }

  /** Sends a signal to its process, behind the back of Kubernetes: the node is this machine. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const pod = (await this.#pod())?.name;
    const found = readdirSync('/proc').find((id) => /^\d+$/.test(id) && isControllerOf(id, pod));
    if (found === undefined) throw new Error(`no process of the pod ${pod}`);
    process.kill(Number(found), name);
  }

  /** Tells every line of the log until the controller has said how it ends. */
  async #follow(): Promise<AppEnd> {
    await this.#made;
    let lives = 0;
    let trouble: string | undefined;
    for (;;) {
      const pod = await this.#pod();
      if (pod === undefined && this.#stopping) return 'ended';
      if (pod?.trouble !== undefined && pod.trouble !== trouble) {
        trouble = pod.trouble;
        this.#tell(`the pod of the controller: ${trouble}\n`);
      }
      // A container that has been started again has a log of its own.
      if (pod?.hasLog && pod.restarts >= lives) {
        const told = await this.#tellLog(pod.name);
        if (told.end !== undefined) return told.end;
        if (told.found) lives = pod.restarts + 1;
      } else if (pod?.isOver) {
        throw new Error(`${pod.name} ended without a word`);
      }
      await setTimeout(50);
    }
  }

  async #tellLog(pod: string): Promise<{ readonly found: boolean; readonly end?: AppEnd }> {
    const path = `${objectPath(resources.pods, systemNamespace, pod)}/log?follow=true`;
    const headers = { accept: '*/*' };
    const request = { method: 'GET', path, headers, body: undefined, streaming: true, signal } as const;
    const { status, body } = await this.#access.transport.send(request);
    const found = status === 200;
    for await (const line of splitLines(body, longestLine)) {
      // The kubelet says in other words that it is not so far yet.
      if (!found) break;
      this.#tell(`${line}\n`);
      const end = endOf(line);
      if (end !== undefined) return { found, end };
    }
    return { found };
  }

  async #pod(): Promise<PodState | undefined> {
    const { selector } = this.#maker;
    const query = { namespace: systemNamespace, selector, read: readPod };
    const [pod] = await listPodsAs(this.#access.client, query, signal);
    return pod;
  }
}

function readPod(pod: JsonObject): PodState {
  const [container] = listAt(pod, 'status', 'containerStatuses');
  const isIn = (state: string) => isJsonObject(at(container, 'state', state));
  return {
    name: textAt(pod, 'metadata', 'name') ?? '',
    address: textAt(pod, 'status', 'podIP'),
    restarts: numberAt(container, 'restartCount') ?? 0,
    trouble: textAt(container, 'state', 'waiting', 'message'),
    hasLog: isIn('running') || isIn('terminated'),
    isOver: ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? ''),
  };
}

/** Whether a process is the controller in a pod: Kubernetes tells every container what its host is called. */
function isControllerOf(id: string, pod: string | undefined): boolean {
  const read = (file: string) => readFileSync(`/proc/${id}/${file}`, 'utf8').split('\0');
  try {
    return (
      read('cmdline').some((word) => word.endsWith('/plimsoll.js')) &&
      read('environ').includes(`HOSTNAME=${pod}`)
    );
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** How a controller ends, by the last line of its log. */
function endOf(line: string): AppEnd | undefined {
  if (!line.includes('"msg":"stopped"')) return undefined;
  const end = textAt(JSON.parse(line), 'end');
  return end === 'ended' || end === 'troubled' || end === 'lost' ? end : undefined;
}
