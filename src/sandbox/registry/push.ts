import { Pool, type Dispatcher } from 'undici';
import type { Platform } from '../../model/observation.ts';
import { parseChallenges } from '../../registry/challenge.ts';
import { textAt } from '../../model/json.ts';
import { digestOf } from './storage.ts';

/** An image to push; everything about it follows from these fields, its digest too. */
export interface PushOptions {
  /** `127.0.0.1:PORT` of an embedded registry, or its URL. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** The only layer of the image; another content makes another digest. */
  readonly content: string;
  /** One makes a single manifest, several an index. `linux/amd64` where left out. */
  readonly platforms?: readonly Platform[];
  readonly credentials?: { readonly username: string; readonly password: string };
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Pushes a small image to a registry as a client would (OCI distribution specification, "Pushing").
 * Returns the digest that the tag stands for then. Throws where the registry refuses.
 */
export async function pushImage(options: PushOptions): Promise<{ readonly digest: string }> {
  const { registry, repository, tag, content, credentials } = options;
  const platforms = options.platforms ?? [{ os: 'linux', architecture: 'amd64' }];
  const url = new URL(registry.includes('://') ? registry : `http://${registry}`);
  const pool = new Pool(url.origin, { connections: 1, allowH2: false });
  const writer = new Writer(pool, repository, credentials);
  try {
    const layer = await writer.putBlob(types.layer, content);
    if (platforms.length === 1) {
      const { digest } = await pushManifest(writer, layer, { platform: platforms[0], reference: tag });
      return { digest };
    }
    const children: object[] = [];
    for (const platform of platforms) {
      children.push({ ...(await pushManifest(writer, layer, { platform, reference: undefined })), platform });
    }
    const index = { schemaVersion: 2, mediaType: types.index, manifests: children };
    const { digest } = await writer.putManifest(types.index, index, tag);
    return { digest };
  } finally {
    await pool.close();
  }
}

/** Pushes one platform's configuration and manifest; without a reference under its digest. */
async function pushManifest(
  writer: Writer,
  layer: Descriptor,
  { platform, reference }: { platform: Platform | undefined; reference: string | undefined },
): Promise<Descriptor> {
  const configuration = { ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const config = await writer.putBlob(types.config, JSON.stringify(configuration));
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] };
  return writer.putManifest(types.manifest, manifest, reference);
}

/** Writes to one repository with whatever authorization the registry asks for. */
class Writer {
  readonly #pool: Pool;
  readonly #repository: string;
  readonly #basic: string | undefined;
  #authorization: string | undefined;

  constructor(pool: Pool, repository: string, credentials: PushOptions['credentials']) {
    this.#pool = pool;
    this.#repository = repository;
    this.#basic = credentials && `Basic ${btoa(`${credentials.username}:${credentials.password}`)}`;
  }

  async putBlob(mediaType: string, text: string): Promise<Descriptor> {
    const content = Buffer.from(text);
    const digest = digestOf(content);
    const begun = await this.#send(
      { method: 'POST', path: `/v2/${this.#repository}/blobs/uploads/` },
      'text/plain',
    );
    // The location is opaque: absolute or relative, and maybe with a query of its own.
    const upload = new URL(begun, 'http://registry');
    upload.searchParams.set('digest', digest);
    const path = `${upload.pathname}${upload.search}`;
    await this.#send({ method: 'PUT', path, body: content }, 'application/octet-stream');
    return { mediaType, digest, size: content.length };
  }

  async putManifest(mediaType: string, document: object, reference: string | undefined): Promise<Descriptor> {
    const content = Buffer.from(JSON.stringify(document));
    const digest = digestOf(content);
    const path = `/v2/${this.#repository}/manifests/${reference ?? digest}`;
    await this.#send({ method: 'PUT', path, body: content }, mediaType);
    return { mediaType, digest, size: content.length };
  }

  /** Sends a request with whatever authorization it takes; returns the location that the answer names. */
  async #send(request: Omit<Dispatcher.RequestOptions, 'headers'>, type: string): Promise<string> {
    const attempt = async () => {
      const authorization = this.#authorization === undefined ? {} : { authorization: this.#authorization };
      const answer = await this.#pool.request({
        ...request,
        headers: { 'content-type': type, ...authorization },
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    };
    let answer = await attempt();
    if (answer.status === 401) {
      this.#authorization = await this.#answerChallenge([answer.headers['www-authenticate'] ?? []].flat());
      answer = await attempt();
    }
    if (answer.status !== 201 && answer.status !== 202) {
      throw new Error(
        `${request.method} ${request.path}: the registry answered ${answer.status} ${answer.text}`,
      );
    }
    return [answer.headers['location'] ?? ''].flat()[0] ?? '';
  }

  async #answerChallenge(headers: readonly string[]): Promise<string | undefined> {
    const bearer = parseChallenges(headers).find(({ scheme }) => scheme === 'bearer');
    const realm = bearer?.parameters.get('realm');
    if (bearer === undefined || realm === undefined) return this.#basic;
    const url = new URL(realm);
    for (const key of ['service', 'scope']) url.searchParams.set(key, bearer.parameters.get(key) ?? '');
    const headersOfToken = this.#basic === undefined ? {} : { authorization: this.#basic };
    const path = `${url.pathname}${url.search}`;
    const answer = await this.#pool.request({ method: 'GET', path, headers: headersOfToken });
    return `Bearer ${textAt(await answer.body.json(), 'token') ?? ''}`;
  }
}
