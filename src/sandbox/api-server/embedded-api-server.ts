import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { KubeConnection } from '../../kube/connection.ts';
import type { Clock } from '../../model/ports.ts';
import { Secret } from '../../model/secret.ts';
import { createClusterState } from './cluster-state.ts';
import { FaultPlan, type PlannedFailure } from './fault-plan.ts';
import { answerHttp, type FrontParts } from './http-front.ts';
import { kubeconfigText } from './kubeconfig-text.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';

/** How the server is started. */
export interface EmbeddedApiServerOptions {
  /** A free port where none is given. */
  readonly port?: number;
  readonly clock: Clock;
  /** The bearer token that every request must carry; a random one where none is given. */
  readonly token?: string;
  /** A number in [0, 1) for each call; `Math.random` outside tests. */
  readonly random?: () => number;
}

/** A Kubernetes API server in this process, with an empty cluster behind it, and levers for tests. */
export interface EmbeddedApiServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** A kubeconfig in YAML for this server; it holds the token in clear. */
  kubeconfig(): string;
  /** The same for a client in this process. */
  readonly connection: KubeConnection;
  /** The last ten thousand requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Watches that are open now. */
  readonly openWatches: number;
  /** Breaks off every open watch; with `midLine` in the middle of an event. */
  cutWatches(how?: { readonly midLine?: boolean }): void;
  /** Makes the next requests fail. */
  failNext(failure: PlannedFailure): void;
  /** Forgets the past: older resource versions and continue tokens are answered with 410. */
  compact(): void;
  /** Lets requests hang until {@link EmbeddedApiServer.resume}. */
  pause(): void;
  resume(): void;
  /** Ends all watches and connections and stops listening. */
  close(): Promise<void>;
}

/** Starts an API server on 127.0.0.1 over plain HTTP. Whoever starts it closes it. */
export async function startEmbeddedApiServer(options: EmbeddedApiServerOptions): Promise<EmbeddedApiServer> {
  const { clock, port = 0, random = Math.random } = options;
  const state = createClusterState({ clock, uid: randomUUID, random });
  const faults = new FaultPlan();
  const log = new RequestLog();
  const token = new Secret(options.token ?? randomUUID());
  const parts: FrontParts = { state, faults, log, token };
  const server = createServer((request, response) => void answerHttp(parts, request, response));
  // A watch may be silent for as long as it likes; a request need not be quick either.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const url = `http://127.0.0.1:${await listen(server, port)}`;
  return {
    url,
    kubeconfig: () => kubeconfigText(url, token),
    connection: connectionTo(url, token),
    get requests() {
      return log.entries();
    },
    get openWatches() {
      return state.watches.size;
    },
    cutWatches: (how = {}) => state.watches.cut(how),
    failNext: (failure) => faults.failNext(failure),
    compact() {
      state.store.compact();
      state.lister.compact();
    },
    pause: () => faults.pause(),
    resume: () => faults.resume(),
    async close() {
      state.watches.end();
      faults.resume();
      await stop(server);
    },
  };
}

function connectionTo(url: string, token: Secret): KubeConnection {
  const headers = { authorization: new Secret(`Bearer ${token.reveal()}`) };
  const tls = {
    ca: undefined,
    cert: undefined,
    key: undefined,
    rejectUnauthorized: true,
    servername: undefined,
  };
  return {
    server: new URL(url),
    proxy: undefined,
    contextName: 'plimsoll-sandbox',
    namespace: 'default',
    identity: url,
    authorize: () => Promise.resolve({ headers, tls }),
    refresh: () => undefined,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  server.off('error', reject);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function stop(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
