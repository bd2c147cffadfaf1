import type { Secret } from '../../model/secret.ts';
import { addressWithToken } from './bearer-token.ts';

/** A kubeconfig in YAML for one server and one token; it holds the token in clear. */
export function kubeconfigText(server: string, token: Secret): string {
  const name = 'plimsoll-sandbox';
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${JSON.stringify(addressWithToken(server, token))}
users:
  - name: ${name}
    user:
      token: ${JSON.stringify(token.reveal())}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
      namespace: default
current-context: ${name}
`;
}
