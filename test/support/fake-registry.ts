import type {
  Platform,
  PlatformManifest,
  RefusedCredentials,
  TagDigest,
  TagList,
  TagTimes,
} from '../../src/model/observation.ts';
import type { RegistryReader, RepositoryAccess } from '../../src/model/ports.ts';
import type { RegistryError } from '../../src/registry/errors.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';

/** A digest that a person can tell from others: the word is hashed into nothing, only spelled in hex. */
export function digestOf(word: string): string {
  return `sha256:${Buffer.from(word).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

/** A registry in memory: tags, what they mean, and what is behind it; it remembers what it was asked. */
export class FakeRegistry implements RegistryReader {
  readonly #tags = new Map<string, string>();
  readonly #manifests = new Map<string, readonly PlatformManifest[]>();
  /** `tags docker.io/library/app`, `digest docker.io/library/app:1.2`, `manifests …@sha256:…`. */
  readonly asked: string[] = [];
  readonly identities: string[] = [];
  /** While set, every request fails with it. */
  failure: RegistryError | undefined;
  partial = false;
  /** When tags were pushed, told where it is asked for. */
  times: ReadonlyMap<string, TagTimes> = new Map();
  /** What every access has had refused. */
  refusal: RefusedCredentials | undefined;
  /** Runs before a request is answered. */
  before: (asked: string) => void | Promise<void> = () => undefined;

  /** Lets a tag of `repository` (`docker.io/library/app`) mean an image of one platform; returns its digest. */
  push(repository: string, tag: string, digest = digestOf(`${repository}:${tag}`)): string {
    return this.pushIndex(repository, tag, digest, [digest]);
  }

  /** Lets a tag mean an index with the given children, each for the platform that is named at its place. */
  pushIndex(
    repository: string,
    tag: string,
    digest: string,
    children: readonly string[],
    platforms: readonly Platform[] = [],
  ): string {
    this.#tags.set(`${repository}:${tag}`, digest);
    const behind = children.map((child, index) => ({ digest: child, platform: platforms[index] }));
    for (const child of behind) this.#manifests.set(`${repository}@${child.digest}`, [child]);
    this.#manifests.set(`${repository}@${digest}`, behind);
    return digest;
  }

  /** Takes a tag away; what it meant stays. */
  untag(repository: string, tag: string): void {
    this.#tags.delete(`${repository}:${tag}`);
  }

  /** Takes a manifest away. */
  forget(repository: string, digest: string): void {
    this.#manifests.delete(`${repository}@${digest}`);
  }

  async listTags(
    access: RepositoryAccess,
    signal: AbortSignal,
    wish?: { readonly times: boolean },
  ): Promise<TagList> {
    const name = nameOf(access);
    await this.#ask(`tags ${name}`, access, signal);
    const tags = [...this.#tags.keys()]
      .filter((key) => key.startsWith(`${name}:`))
      .map((key) => key.slice(name.length + 1));
    return { tags, partial: this.partial, ...(wish?.times === true && { times: this.times }) };
  }

  async resolveTag(
    access: RepositoryAccess,
    tag: string,
    signal: AbortSignal,
  ): Promise<TagDigest | 'missing'> {
    const name = `${nameOf(access)}:${tag}`;
    await this.#ask(`digest ${name}`, access, signal);
    const digest = this.#tags.get(name);
    return digest === undefined ? 'missing' : { digest, mediaType: imageType };
  }

  async readManifests(
    access: RepositoryAccess,
    digest: string,
    signal: AbortSignal,
  ): Promise<readonly PlatformManifest[] | 'missing'> {
    const name = `${nameOf(access)}@${digest}`;
    await this.#ask(`manifests ${name}`, access, signal);
    return this.#manifests.get(name) ?? 'missing';
  }

  refused(): RefusedCredentials | undefined {
    return this.refusal;
  }

  async #ask(what: string, { credentials }: RepositoryAccess, signal: AbortSignal): Promise<void> {
    this.asked.push(what);
    this.identities.push(credentials.map(({ source }) => source).join(' ') || 'anonymous');
    await this.before(what);
    signal.throwIfAborted();
    if (this.failure) throw this.failure;
  }
}

function nameOf({ registry, path }: RepositoryAccess): string {
  return `${registry}/${path}`;
}
