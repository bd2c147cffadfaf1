/** A user of a registry that asks for one. */
export type Credentials = { readonly username: string; readonly password: string };

/** The two kinds of things a push consists of. */
export type RegistryWriter = {
  /** Uploads a blob in one piece, unless the repository has it. */
  putBlob(digest: string, content: Buffer): Promise<void>;
  /** Uploads a manifest under a tag or under its digest. */
  putManifest(reference: string, mediaType: string, content: Buffer): Promise<void>;
};

/**
 * Writes to one repository through the distribution API, anonymously or with Basic or Bearer credentials as the registry demands.
 *
 * For tests only: whole blobs in memory, no retry, and credentials go to whatever token service the registry names.
 * Source: OCI distribution specification 1.1; distribution's token authentication (docs/spec/auth/token.md).
 */
export function registryWriter(target: {
  readonly registry: string;
  readonly repository: string;
  readonly credentials?: Credentials;
}): RegistryWriter {
  const base = `${registryUrl(target.registry)}/v2/${target.repository}`;
  let authorization: string | undefined;

  const send = async (
    method: string,
    url: string,
    body?: { type: string; content: Buffer },
  ): Promise<Response> => {
    const attempt = async (): Promise<Response> =>
      fetch(url, {
        method,
        headers: {
          ...(authorization !== undefined && { authorization }),
          ...(body && { 'content-type': body.type }),
        },
        ...(body && { body: new Uint8Array(body.content) }),
      });
    const response = await attempt();
    if (response.status !== 401 || authorization !== undefined) return response;
    await response.body?.cancel();
    authorization = await authorize(response.headers.get('www-authenticate') ?? '', target);
    return attempt();
  };

  return {
    async putBlob(digest, content) {
      const known = await send('HEAD', `${base}/blobs/${digest}`);
      if (known.ok) return;
      const started = await expectSuccess(send('POST', `${base}/blobs/uploads/`));
      // The location is opaque, may be relative and may carry a query of its own (distribution specification, "POST then PUT").
      const upload = new URL(started.headers.get('location') ?? '', `${base}/`);
      upload.searchParams.set('digest', digest);
      await expectSuccess(send('PUT', upload.href, { type: 'application/octet-stream', content }));
    },
    async putManifest(reference, mediaType, content) {
      await expectSuccess(send('PUT', `${base}/manifests/${reference}`, { type: mediaType, content }));
    },
  };
}

function registryUrl(registry: string): string {
  if (/^https?:\/\//.test(registry)) return registry.replace(/\/$/, '');
  const loopback = /^(127\.|localhost(:|$)|\[::1\])/.test(registry);
  return `${loopback ? 'http' : 'https'}://${registry}`;
}

async function expectSuccess(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text.slice(0, 500)}`);
  return response;
}

/** Turns a challenge (RFC 9110, 11.6.1) into the value of an Authorization header. */
async function authorize(
  challenge: string,
  target: { readonly repository: string; readonly credentials?: Credentials },
): Promise<string> {
  const { credentials } = target;
  const basic =
    credentials &&
    `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  if (/^basic\b/i.test(challenge) && basic !== undefined) return basic;

  const parameter = (name: string): string | undefined =>
    new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = parameter('realm');
  if (!/^bearer\b/i.test(challenge) || realm === undefined) {
    throw new Error(`the registry asks for credentials that the test does not have: ${challenge}`);
  }
  const url = new URL(realm);
  const service = parameter('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${target.repository}:pull,push`);
  const headers = basic === undefined ? {} : { authorization: basic };
  const answer: unknown = await (await expectJson(fetch(url, { headers }))).json();
  const token = tokenOf(answer);
  if (token === undefined) throw new Error(`no token from ${url.href}`);
  return `Bearer ${token}`;
}

async function expectJson(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  if (!response.ok) throw new Error(`${response.status} from ${response.url}`);
  return response;
}

function tokenOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if ('token' in answer && typeof answer.token === 'string') return answer.token;
  if ('access_token' in answer && typeof answer.access_token === 'string') return answer.access_token;
  return undefined;
}
