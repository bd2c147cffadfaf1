import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type KubeConnection, loadConnection } from '../../src/kube/connection.ts';
import { parseImageReference } from '../../src/model/image-reference.ts';
import { textAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startFakeKubelet } from '../../src/sandbox/cluster/fake-kubelet.ts';
import type { Behaviour, ImageSource } from '../../src/sandbox/cluster/image-source.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

/** A request to the API server. */
export interface ApiRequest {
  /** As in an audit log: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  /** The path without its query. */
  readonly path: string;
  readonly userAgent: string;
}

/** An API server with a registry and a played node, on which controllers are measured. */
export interface Ground {
  readonly kubeconfig: string;
  readonly connection: KubeConnection;
  /** `127.0.0.1:PORT`. */
  readonly registry: string;
  /** Has the node find out that containers of an image end as soon as they are started, where its content does not tell. */
  crash(digest: string): void;
  /** Begins to listen: what is returned tells the requests to the API server since now, or since it last told. */
  listen(): () => readonly ApiRequest[];
  close(): Promise<void>;
}

/**
 * The embedded parts, or the real API server and docker-registry of `node test/kubernetes/run.ts --no-node --exec`, where that
 * runs us.
 */
export async function openGround(): Promise<Ground> {
  return process.env['PLIMSOLL_TEST_BACKEND'] === 'cluster' ? openRealGround() : openEmbeddedGround();
}

async function openEmbeddedGround(): Promise<Ground> {
  const sandbox = await startSandbox({ clock: systemClock });
  const { api, registry, kubeconfig, connection } = sandbox;
  const listen = () => {
    let last = api.requests.at(-1);
    return () => {
      const all = api.requests;
      const since = last === undefined ? all : all.slice(all.lastIndexOf(last) + 1);
      last = all.at(-1);
      return since;
    };
  };
  // What an image does stands in its content there.
  const crash = () => undefined;
  return { kubeconfig, connection, registry: registry.host, crash, listen, close: () => sandbox.close() };
}

async function openRealGround(): Promise<Ground> {
  const kubeconfig = required('PLIMSOLL_TEST_KUBECONFIG');
  const registry = required('PLIMSOLL_TEST_REGISTRY');
  const auditLog = required('PLIMSOLL_TEST_AUDIT_LOG');
  const loaded = loadConnection({ kubeconfig, env: {} });
  if (!loaded.ok) throw new Error(loaded.message);
  const connection = loaded.value;
  const crashing = new Set<string>();
  const behaviour: Behaviour = (_image, digest) =>
    crashing.has(digest) ? { readyAfter: 'never', exitsAfter: 10 } : {};
  const images = imagesOf(registry);
  const node = await startFakeKubelet({ connection, clock: systemClock, images, behaviour });
  return {
    kubeconfig,
    connection,
    registry,
    crash: (digest) => void crashing.add(digest),
    listen: () => listenTo(auditLog),
    close: () => node.close(),
  };
}

/** What a node would pull, of which it needs the digest alone. */
function imagesOf(registry: string): ImageSource {
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  return {
    async resolve(image) {
      const parsed = parseImageReference(image);
      if (!parsed.ok) return 'missing';
      const { path, tag, digest } = parsed.value;
      const url = `http://${registry}/v2/${path}/manifests/${digest ?? tag ?? 'latest'}`;
      const found = await fetch(url, { method: 'HEAD', headers: { accept } });
      const named = found.headers.get('docker-content-digest');
      return found.ok && named !== null ? { digest: named } : 'missing';
    },
  };
}

/** Reads an audit log from its present end. */
function listenTo(file: string): () => readonly ApiRequest[] {
  const log = openSync(file, 'r');
  let offset = fstatSync(log).size;
  closeSync(log);
  return () => {
    const text = readFrom(file, offset);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    offset += Buffer.byteLength(whole);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line))
      .map((entry) => ({
        verb: textAt(entry, 'verb') ?? '',
        path: textAt(entry, 'requestURI')?.split('?')[0] ?? '',
        userAgent: textAt(entry, 'userAgent') ?? '',
      }));
  };
}

function readFrom(file: string, offset: number): string {
  const log = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(fstatSync(log).size - offset);
    return buffer.toString('utf8', 0, readSync(log, buffer, 0, buffer.length, offset));
  } finally {
    closeSync(log);
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run by node test/kubernetes/run.ts --no-node --exec`);
  return value;
}
