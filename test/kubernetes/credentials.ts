import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The users of the cluster, by the names that the audit log shows. All but the node's pods' service accounts are administrators. */
const users = {
  admin: 'admin',
  controllerManager: 'system:kube-controller-manager',
  scheduler: 'system:kube-scheduler',
  kubelet: 'system:node:node',
} as const;

/** Who can be given a kubeconfig. */
export type User = keyof typeof users;

/** The credentials of one cluster, made anew for each. */
export type ClusterCredentials = {
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  /** The bearer token of a user. */
  token(user: User): string;
};

/** Makes tokens for the fixed users and the key that signs the tokens of service accounts, as files in the directory. */
export function createCredentials(directory: string): ClusterCredentials {
  const tokens = new Map<string, string>();
  const lines = Object.values(users).map((name) => {
    const token = randomBytes(16).toString('hex');
    tokens.set(name, token);
    return `${token},${name},${name},"system:masters"\n`;
  });
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const write = (name: string, content: string | Buffer): string => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  return {
    tokenFile: write('tokens.csv', lines.join('')),
    serviceAccountKey: write('service-account.key', privateKey.export({ type: 'pkcs8', format: 'pem' })),
    serviceAccountPublicKey: write('service-account.pub', publicKey.export({ type: 'spki', format: 'pem' })),
    token: (user) => tokens.get(users[user]) ?? '',
  };
}

/** Writes a kubeconfig with one cluster and one user, and returns its path. JSON is YAML. */
export function writeKubeconfig(
  path: string,
  { server, certificateAuthority, token }: { server: string; certificateAuthority: Buffer; token: string },
): string {
  const name = 'plimsoll-test';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      { name, cluster: { server, 'certificate-authority-data': certificateAuthority.toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 });
  return path;
}
