import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeClient } from '../../src/kube/client.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { isJsonObject, textAt } from '../../src/model/json.ts';
import { copyKubeconfig, type KubeconfigFile } from './kubeconfig-file.ts';

const { signal } = new AbortController();
const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

/**
 * A service account that may do nothing at first, with a token in a file. A token is bound to a Secret, so that it can be
 * taken back: it ends with the Secret, for API servers within the ten seconds for which they remember a token.
 */
export class Robot {
  readonly #admin: KubeClient;
  readonly #namespace: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plimsoll-robot-'));
  readonly #kubeconfig: KubeconfigFile;
  #tokens = 0;

  private constructor(admin: KubeClient, namespace: string, kubeconfigOfAdmin: string) {
    this.#admin = admin;
    this.#namespace = namespace;
    this.#kubeconfig = copyKubeconfig(kubeconfigOfAdmin, { namespace, tokenFile: this.tokenFile });
  }

  /** Makes the account in a namespace, and its first token. */
  static async make(admin: KubeClient, namespace: string, kubeconfigOfAdmin: string): Promise<Robot> {
    const robot = new Robot(admin, namespace, kubeconfigOfAdmin);
    await admin.create(
      listPath(resources.serviceAccounts, namespace),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
      { signal },
    );
    await robot.renewToken();
    return robot;
  }

  /** A kubeconfig that names the token file. */
  get kubeconfig(): string {
    return this.#kubeconfig.file;
  }

  get tokenFile(): string {
    return join(this.#folder, 'token');
  }

  /** Gives it the permissions of the shipped ClusterRole. */
  async grant(): Promise<void> {
    const file = join(import.meta.dirname, '..', '..', 'manifests', 'base', 'cluster-role.yaml');
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const body: unknown = document.toJS();
      if (!isJsonObject(body)) continue;
      const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: this.#namespace }];
      if (body['kind'] === 'ClusterRole') await this.#admin.create(roles, body, { signal });
      else await this.#admin.create(bindings, { ...body, subjects }, { signal });
    }
  }

  /** Writes a new token into the file; the old one stays good until {@link Robot.revokeOld}. */
  async renewToken(): Promise<void> {
    const name = this.#secretName(++this.#tokens);
    const path = listPath(resources.secrets, this.#namespace);
    const secret = await this.#admin.create(
      path,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name } },
      { signal },
    );
    const bound = { kind: 'Secret', apiVersion: 'v1', name, uid: textAt(secret, 'metadata', 'uid') };
    const account = objectPath(resources.serviceAccounts, this.#namespace, 'robot');
    const answer = await this.#admin.create(
      `${account}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { boundObjectRef: bound, expirationSeconds: 3_600 },
      },
      { signal },
    );
    writeFileSync(this.tokenFile, `${textAt(answer, 'status', 'token') ?? ''}\n`, { mode: 0o600 });
  }

  /** Takes every token back but the newest. */
  async revokeOld(): Promise<void> {
    for (let each = 1; each < this.#tokens; each++) {
      const path = objectPath(resources.secrets, this.#namespace, this.#secretName(each));
      await this.#admin.delete(path, { signal });
    }
  }

  remove(): void {
    this.#kubeconfig.remove();
    rmSync(this.#folder, { recursive: true });
  }

  #secretName(number: number): string {
    return `token-${number}`;
  }
}
