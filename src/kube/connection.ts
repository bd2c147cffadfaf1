import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { isJsonObject } from '../model/json.ts';
import { Secret } from '../model/secret.ts';
import { type Loaded, readKubeconfig } from './kubeconfig.ts';

/** The environment variables that say where the cluster is. */
export interface ConnectionEnvironment {
  readonly KUBECONFIG?: string | undefined;
  readonly HOME?: string | undefined;
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/** How to find the cluster. */
export interface ConnectionOptions {
  /** A kubeconfig file; without one `KUBECONFIG`, the service account and `~/.kube/config` are tried in this order. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig instead of its current one. */
  readonly context?: string | undefined;
  readonly env: ConnectionEnvironment;
  /** Where Kubernetes mounts the service account of a pod. */
  readonly serviceAccountFolder?: string;
}

/** What TLS needs; `key` is secret. */
export interface TlsMaterial {
  readonly ca: string | Buffer | undefined;
  readonly cert: string | Buffer | undefined;
  readonly key: string | Buffer | undefined;
  /** False only where the kubeconfig says `insecure-skip-tls-verify`. */
  readonly rejectUnauthorized: boolean;
  /** `tls-server-name` of the kubeconfig. */
  readonly servername: string | undefined;
}

/** What one request needs in order to be let in. */
interface Authorization {
  readonly headers: Readonly<Record<string, Secret>>;
  readonly tls: TlsMaterial;
}

/** A cluster and the credentials for it. */
export interface KubeConnection {
  /** May have a path, below which the API lies. */
  readonly server: URL;
  /** `proxy-url` of the kubeconfig (http, https or socks5); the environment is never asked. */
  readonly proxy: URL | undefined;
  readonly contextName: string;
  /** The namespace of the context or service account; `default` where it names none. */
  readonly namespace: string;
  /** Tells the cluster from all others, and is the same after each start: a digest of its address and its authority. */
  readonly identity: string;
  /**
   * Current headers and certificates. Token files are read again every minute, exec plug-ins and OIDC tokens
   * renewed when they expire. Rejects when a file is gone or a plug-in fails.
   */
  authorize(): Promise<Authorization>;
  /** Forgets all that is cached: the next {@link authorize} reads files and asks plug-ins again. */
  refresh(): void;
}

const mountedServiceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Finds the cluster and checks that its credentials can be used, without a request to it. */
export function loadConnection(options: ConnectionOptions): Loaded<KubeConnection> {
  const source = sourceOf(options);
  const loaded = source();
  return loaded.ok ? connectionOf(loaded.value, source) : loaded;
}

type Source = () => Loaded<KubeConfig>;

function sourceOf({ kubeconfig, context, env, serviceAccountFolder }: ConnectionOptions): Source {
  const folder = serviceAccountFolder ?? mountedServiceAccount;
  if (kubeconfig !== undefined) return () => selected(readKubeconfig([kubeconfig], false), context);
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return () => selected(readKubeconfig(named, true), context);
  const inCluster = env.KUBERNETES_SERVICE_HOST !== undefined && existsSync(join(folder, 'token'));
  if (inCluster && context === undefined) return () => serviceAccount(folder, env);
  const home = env.HOME === undefined ? '.kube/config' : join(env.HOME, '.kube', 'config');
  return () => selected(readKubeconfig([home], false), context);
}

/** Chooses a context and checks that all it names exists. */
function selected(loaded: Loaded<KubeConfig>, context: string | undefined): Loaded<KubeConfig> {
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const name = context ?? config.getCurrentContext();
  const known = config.contexts.map((each) => each.name).join(', ');
  if (!name) {
    return refuse(`the kubeconfig has no current-context; choose one with --context: ${known}`);
  }
  const chosen = config.getContextObject(name);
  if (chosen === null) {
    return refuse(`the kubeconfig has no context ${JSON.stringify(name)}; it has: ${known || 'none'}`);
  }
  if (config.getCluster(chosen.cluster) === null) {
    return refuse(
      `context ${name} names cluster ${chosen.cluster}, which the kubeconfig lacks or leaves broken`,
    );
  }
  if (chosen.user && config.getUser(chosen.user) === null) {
    return refuse(`context ${name} names user ${chosen.user}, which the kubeconfig lacks or leaves broken`);
  }
  config.setCurrentContext(name);
  return { ok: true, value: config };
}

/** The service account of the pod we run in. */
function serviceAccount(folder: string, env: ConnectionEnvironment): Loaded<KubeConfig> {
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const port = env.KUBERNETES_SERVICE_PORT ?? '443';
  const namespaceFile = join(folder, 'namespace');
  const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default';
  const name = 'in-cluster';
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name,
        server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
        caFile: join(folder, 'ca.crt'),
        skipTLSVerify: false,
      },
    ],
    users: [{ name, authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } }],
    contexts: [{ name, cluster: name, user: name, namespace }],
    currentContext: name,
  });
  return { ok: true, value: config };
}

function connectionOf(config: KubeConfig, source: Source): Loaded<KubeConnection> {
  const contextName = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  const server = URL.parse(cluster?.server ?? '');
  if (server === null || !/^https?:$/.test(server.protocol)) {
    return refuse(
      `context ${contextName}: ${JSON.stringify(cluster?.server)} is not an http or https address`,
    );
  }
  const proxy = cluster?.proxyUrl ? URL.parse(cluster.proxyUrl) : undefined;
  if (proxy === null || (proxy && !/^(?:https?|socks5):$/.test(proxy.protocol))) {
    return refuse(`context ${contextName}: its proxy-url is not an http, https or socks5 address`);
  }
  const unusable = checkCertificates(config);
  if (unusable !== undefined) return refuse(`context ${contextName}: ${unusable}`);
  const namespace = config.getContextObject(contextName)?.namespace ?? 'default';
  const credentials = new Credentials(config, source);
  return {
    ok: true,
    value: {
      server,
      proxy,
      contextName,
      namespace,
      identity: identityOf(server, config),
      authorize: () => credentials.current(),
      refresh: () => credentials.refresh(),
    },
  };
}

function identityOf(server: URL, config: KubeConfig): string {
  const cluster = config.getCurrentCluster();
  const authority = material(cluster?.caFile, cluster?.caData) ?? '';
  return createHash('sha256').update(`${server.href} `).update(authority).digest('hex');
}

/** What is wrong with the certificate files or data, or undefined. */
function checkCertificates(config: KubeConfig): string | undefined {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  try {
    const ca = material(cluster?.caFile, cluster?.caData);
    const cert = material(user?.certFile, user?.certData);
    const key = material(user?.keyFile, user?.keyData);
    createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
    return undefined;
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : 'unknown error';
    return `a certificate or key cannot be used: ${why}`;
  }
}

function material(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (file) return readFileSync(file);
  return data ? Buffer.from(data, 'base64') : undefined;
}

/** Asks client-node for headers and certificates, one question at a time. */
class Credentials {
  readonly #source: Source;
  #config: KubeConfig;
  #asked: Promise<Authorization> | undefined;

  constructor(config: KubeConfig, source: Source) {
    this.#source = source;
    this.#config = prepared(config);
  }

  current(): Promise<Authorization> {
    if (this.#asked !== undefined) return this.#asked;
    const asked = authorizationOf(this.#config).finally(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    this.#asked = asked;
    return asked;
  }

  /** A file that is broken at this moment (it may be half written) leaves the old credentials in place. */
  refresh(): void {
    const loaded = this.#source();
    if (loaded.ok) this.#config = prepared(loaded.value);
    this.#asked = undefined;
  }
}

/**
 * Works around client-node: it refuses plain http unless told not to verify, ignores the certificate authority where a
 * context names no user, and builds proxy agents that we do not use.
 */
function prepared(config: KubeConfig): KubeConfig {
  const nobody = { name: 'plimsoll:nobody' };
  config.users = [...config.users, nobody];
  config.contexts = config.contexts.map((context) =>
    context.user ? context : { ...context, user: nobody.name },
  );
  config.clusters = config.clusters.map(({ proxyUrl: _ours, ...cluster }) => ({
    ...cluster,
    skipTLSVerify: cluster.skipTLSVerify || cluster.server.startsWith('http:'),
  }));
  return config;
}

async function authorizationOf(config: KubeConfig): Promise<Authorization> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, Secret> = {};
  if (typeof options.auth === 'string') {
    headers['authorization'] = new Secret(`Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
  // A token file may end with a line break, which no header can hold.
  for (const [name, value] of Object.entries(isJsonObject(options.headers) ? options.headers : {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = new Secret(value.trim());
  }
  return {
    headers,
    tls: {
      ca: single(options.ca),
      cert: single(options.cert),
      key: single(options.key),
      rejectUnauthorized: options.rejectUnauthorized !== false,
      servername: options.servername,
    },
  };
}

function single(value: RequestOptions['ca'] | RequestOptions['key']): string | Buffer | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
}

function refuse(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
