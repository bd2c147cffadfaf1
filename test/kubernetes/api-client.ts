import { request } from 'node:https';

/** The least client that a runner needs: GET with a bearer token. */
export type ApiClient = {
  /** Resolves to the parsed body, rejects on anything but 200. */
  get(path: string): Promise<unknown>;
};

/** Makes a client of an API server from its URL, the PEM of the authority to trust, and a token. No keep-alive, so nothing to close. */
export function apiClient(server: string, certificateAuthority: Buffer, token: string): ApiClient {
  return {
    get: async (path) =>
      new Promise((resolve, reject) => {
        const options = {
          ca: certificateAuthority,
          headers: { authorization: `Bearer ${token}` },
          agent: false,
        };
        const outgoing = request(new URL(path, server), options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            if (response.statusCode !== 200)
              reject(new Error(`${response.statusCode} from ${path}: ${text}`));
            else resolve(text.startsWith('{') ? JSON.parse(text) : text);
          });
        });
        outgoing.setTimeout(5_000, () => outgoing.destroy(new Error(`no answer from ${path} within 5 s`)));
        outgoing.once('error', reject);
        outgoing.end();
      }),
  };
}
