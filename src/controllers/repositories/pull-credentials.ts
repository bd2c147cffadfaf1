import { LRUCache } from 'lru-cache';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import { listAt, textAt, type JsonObject } from '../../model/json.ts';
import type { Clock, RegistryCredential } from '../../model/ports.ts';
import type { Workload } from '../../model/workload.ts';
import { credentialFingerprint, matchCredentials, parsePullSecret } from '../../registry/pull-secrets.ts';

/** What may be used to look at one repository on behalf of one workload. */
export interface ResolvedCredentials {
  /** In the order in which they are tried. */
  readonly credentials: readonly RegistryCredential[];
  /** Equal for equal credentials, and tells nothing of them: what was seen with one is not used for another. */
  readonly identity: string;
  /** What stood in the way of reading a secret, for people; nothing of a secret's content. */
  readonly problems: readonly string[];
}

/** Where credentials are looked for. */
export interface CredentialQuestion {
  readonly workload: Workload;
  readonly extraSecret: string | undefined;
  readonly registry: string;
  readonly path: string;
}

interface Options {
  readonly client: Pick<KubeClient, 'get'>;
  readonly clock: Clock;
  /** Key of the fingerprints; random for each process. */
  readonly fingerprintKey: Buffer;
  /** Credentials of the operator for a repository, as far as the namespace may use them; tried after pull secrets. */
  readonly configured?: (need: {
    readonly namespace: string;
    readonly registry: string;
    readonly path: string;
  }) => readonly RegistryCredential[];
}

interface Reading {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly found: Promise<Found>;
}

type Found = { readonly object: JsonObject } | { readonly problem: string };

/** How long a secret is believed before it is read again, in milliseconds. */
export const secretLife = 15 * 60_000;
/** Most objects that are kept; one that is used again later is read again. */
const mostObjects = 1_024;
/** The least time between two readings of the same object, also when the registry refuses what it holds. */
const leastAge = 60_000;

/**
 * Finds pull secrets as the kubelet would: those of the pod template, else those of its service account. Objects are
 * read when needed and kept for a quarter of an hour, so that an idle cluster is asked nothing.
 * @see https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod
 */
export class PullCredentials {
  readonly #options: Options;
  readonly #objects = new LRUCache<string, Reading>({ max: mostObjects });

  constructor(options: Options) {
    this.#options = options;
  }

  /** The credentials that match a repository, by the kubelet's rule; a secret that cannot be read is told, not fatal. */
  async resolve(question: CredentialQuestion, signal: AbortSignal): Promise<ResolvedCredentials> {
    const { workload, extraSecret, registry, path } = question;
    const { namespace } = workload.ref;
    const problems: string[] = [];
    const names = extraSecret === undefined ? [] : [extraSecret];
    names.push(
      ...(workload.pullSecrets.length > 0
        ? workload.pullSecrets
        : await this.#ofAccount(workload, problems, signal)),
    );

    const entries = [];
    for (const name of new Set(names)) {
      const found = await this.#read('secrets', namespace, name, signal);
      if ('problem' in found) problems.push(found.problem);
      else {
        const parsed = parsePullSecret(found.object);
        entries.push(...parsed.entries);
        problems.push(...parsed.problems.map(({ message }) => message));
      }
    }
    const configured = this.#options.configured?.({ namespace, registry, path }) ?? [];
    const credentials = [...matchCredentials(entries, registry, path), ...configured];
    const identity = credentialFingerprint(credentials, this.#options.fingerprintKey);
    return { credentials, identity, problems };
  }

  /** Has the objects of a namespace read again when next needed, because a registry refused what they hold. */
  distrust(namespace: string): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { at }] of this.#objects) {
      if (key.split('/')[1] === namespace && now - at >= leastAge) this.#objects.delete(key);
    }
  }

  async #ofAccount(workload: Workload, problems: string[], signal: AbortSignal): Promise<readonly string[]> {
    const { namespace } = workload.ref;
    const found = await this.#read('serviceAccounts', namespace, workload.serviceAccount, signal);
    if ('problem' in found) {
      problems.push(found.problem);
      return [];
    }
    return listAt(found.object, 'imagePullSecrets')
      .map((entry) => textAt(entry, 'name'))
      .filter((name) => name !== undefined);
  }

  async #read(
    kind: 'secrets' | 'serviceAccounts',
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<Found> {
    const key = `${kind}/${namespace}/${name}`;
    const now = this.#options.clock.monotonic();
    const known = this.#objects.get(key);
    if (known && now - known.at < secretLife) return known.found;
    const found = this.#fetch(kind, namespace, name, signal);
    this.#objects.set(key, { at: now, found });
    try {
      return await found;
    } catch (error) {
      this.#objects.delete(key);
      throw error;
    }
  }

  async #fetch(
    kind: 'secrets' | 'serviceAccounts',
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<Found> {
    const resource = resources[kind];
    try {
      return { object: await this.#options.client.get(objectPath(resource, namespace, name), { signal }) };
    } catch (error) {
      const what = `${resource.kind} ${namespace}/${name}`;
      if (isKubeError(error, 'NotFound')) return { problem: `${what} does not exist` };
      if (isKubeError(error, 'Forbidden')) return { problem: `${what} may not be read; grant get on it` };
      throw error;
    }
  }
}
