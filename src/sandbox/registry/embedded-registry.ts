import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { listAt, textAt } from '../../model/json.ts';
import type { Platform } from '../../model/observation.ts';
import { serves } from '../../model/platform.ts';
import type { Clock } from '../../model/ports.ts';
import { systemClock } from '../../runtime/clock.ts';
import { AccessControl } from './access.ts';
import { handleUpload, readBlob } from './blobs.ts';
import { deliver, readCall } from './delivery.ts';
import { errorReply, type Call, type Reply } from './exchange.ts';
import { distort, Faults } from './faults.ts';
import { handleManifest } from './manifests.ts';
import { RequestLog } from './request-log.ts';
import { Storage, type Repository, type StoredManifest } from './storage.ts';
import { listTags } from './tags.ts';

/** How an embedded registry behaves; everything has a default. */
export interface EmbeddedRegistryOptions {
  /** Port on 127.0.0.1; a free one where left out. */
  readonly port?: number;
  readonly auth?: 'none' | 'basic' | 'token';
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Whether clients without credentials may pull; they may where there are no users. */
  readonly anonymousPull?: boolean;
  /** Seconds that a token lives (300). */
  readonly tokenSeconds?: number;
  /** Most tags on one page (1000). */
  readonly pageSize?: number;
  /** Key and certificate in PEM: speak https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly clock?: Clock;
}

/** What a tag or digest stands for, as a kubelet would find it after a pull. */
export interface ResolvedImage {
  readonly digest: string;
  readonly mediaType: string;
  /** The `content` that `pushImage` was given. */
  readonly content: string;
  /** The digest of its configuration, by which a node knows an image under whatever name. */
  readonly config: string;
}

/** A registry inside this process, for the demo and for tests. */
export interface EmbeddedRegistry {
  /** `127.0.0.1:PORT`, as it stands in image references. */
  readonly host: string;
  readonly url: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /**
   * What a tag or digest stands for now, without a request; undefined where there is no such image. Of an index that is the image
   * for a platform, or the first one where none is named.
   */
  resolve(repository: string, reference: string, platform?: Platform): ResolvedImage | undefined;
  /** Takes a tag away; its manifest stays. */
  deleteTag(repository: string, tag: string): void;
  /** Drops every connection and stops. */
  close(): Promise<void>;
}

/** Starts a registry on 127.0.0.1 that keeps everything in memory. */
export async function startEmbeddedRegistry(
  options: EmbeddedRegistryOptions = {},
): Promise<EmbeddedRegistry> {
  const { auth = 'none', users = {}, pageSize = 1_000, tokenSeconds = 300, clock = systemClock } = options;
  const anonymousPull = options.anonymousPull ?? Object.keys(users).length === 0;
  const access = new AccessControl({ auth, users, anonymousPull, tokenSeconds, clock });
  const storage = new Storage();
  const faults = new Faults();
  const requests = new RequestLog();
  const stopped = new AbortController();

  const answer = (call: Call): Reply =>
    access.refuse(call, url) ?? route(call, { storage, access, pageSize });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const call = await readCall(request);
    const fault = faults.take(call);
    const reply = fault === undefined ? answer(call) : distort(fault, call, answer(call));
    const silent = fault?.kind === 'hang' || fault?.kind === 'drop';
    requests.note(call, silent ? 0 : reply.status);
    await deliver(response, { call, reply, fault, clock, signal: stopped.signal });
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy());
  };

  const server =
    options.tls === undefined ? createServer(onRequest) : createSecureServer(options.tls, onRequest);
  // As a registry does: longer than Node, and without a header that says so.
  server.keepAliveTimeout = 65_000;
  const port = await listen(server, options.port ?? 0);
  const host = `127.0.0.1:${port}`;
  const url = `${options.tls === undefined ? 'http' : 'https'}://${host}`;

  return {
    host,
    url,
    requests,
    faults,
    resolve(repository, reference, platform) {
      const stored = storage.find(repository);
      const manifest = stored?.find(reference);
      const image = stored && manifest && imageOf(stored, manifest, platform);
      if (!image) return undefined;
      const { digest, mediaType } = manifest;
      return { digest, mediaType, ...image };
    },
    deleteTag(repository, tag) {
      storage.find(repository)?.tags.delete(tag);
    },
    async close() {
      stopped.abort(new Error('the embedded registry was closed'));
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

function route(
  call: Call,
  { storage, access, pageSize }: { storage: Storage; access: AccessControl; pageSize: number },
): Reply {
  switch (call.route.operation) {
    case 'ping':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
    case 'token':
      return access.issue(call);
    case 'tags':
      return listTags(call, storage, pageSize);
    case 'manifest':
      return handleManifest(call, storage);
    case 'blob':
      return readBlob(call, storage);
    case 'upload':
      return handleUpload(call, storage);
    case 'unknown':
      return errorReply(404, 'UNSUPPORTED', 'no such endpoint');
  }
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the embedded registry has no port');
  return address.port;
}

/** The image that a manifest stands for: its own, or the one of its children that a platform can run. */
function imageOf(
  stored: Repository,
  manifest: StoredManifest,
  platform: Platform | undefined,
): Pick<ResolvedImage, 'content' | 'config'> | undefined {
  const document: unknown = JSON.parse(manifest.body.toString('utf8'));
  const children = listAt(document, 'manifests');
  if (children.length > 0) {
    const child = children.find((one) => platform === undefined || serves(platformIn(one), platform));
    const found = stored.manifests.get(textAt(child, 'digest') ?? '');
    return found && imageOf(stored, found, platform);
  }
  const layer = textAt(listAt(document, 'layers')[0], 'digest') ?? '';
  const content = stored.blobs.get(layer)?.toString('utf8') ?? '';
  return { content, config: textAt(document, 'config', 'digest') ?? '' };
}

function platformIn(child: unknown): Platform {
  const os = textAt(child, 'platform', 'os') ?? '';
  const architecture = textAt(child, 'platform', 'architecture') ?? '';
  const variant = textAt(child, 'platform', 'variant');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
