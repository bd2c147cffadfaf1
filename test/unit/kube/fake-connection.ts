import { Secret } from '../../../src/model/secret.ts';
import type { KubeConnection } from '../../../src/kube/connection.ts';

/** A connection without TLS whose token is the next one of a list after each refresh. */
export function connectionTo(
  url: string,
  tokens: readonly string[] = ['token'],
  proxy?: string,
): KubeConnection {
  let current = 0;
  const tls = {
    ca: undefined,
    cert: undefined,
    key: undefined,
    rejectUnauthorized: true,
    servername: undefined,
  };
  return {
    server: new URL(url),
    proxy: proxy === undefined ? undefined : new URL(proxy),
    contextName: 'test',
    namespace: 'default',
    identity: url,
    authorize: () => {
      const token = tokens[Math.min(current, tokens.length - 1)] ?? '';
      return Promise.resolve({ headers: { authorization: new Secret(`Bearer ${token}`) }, tls });
    },
    refresh: () => {
      current++;
    },
  };
}
