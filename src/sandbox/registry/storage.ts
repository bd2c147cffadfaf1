import { createHash } from 'node:crypto';

/** A manifest as it was pushed: its bytes decide its digest. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** The `sha256:` digest of some bytes. */
export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** One repository, in memory. */
export class Repository {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, StoredManifest>();
  readonly tags = new Map<string, string>();

  /** Tags in lexical order, as the distribution specification lists them. */
  tagNames(): readonly string[] {
    return [...this.tags.keys()].sort();
  }

  /** The manifest behind a tag or a digest. */
  find(reference: string): StoredManifest | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  /** Stores a manifest under its digest and, where `tag` is given, moves the tag to it. */
  put(manifest: StoredManifest, tag: string | undefined): void {
    this.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) this.tags.set(tag, manifest.digest);
  }

  /** Removes a tag alone, or a digest with every tag that points at it. Says whether there was one. */
  remove(reference: string): boolean {
    if (this.tags.delete(reference)) return true;
    for (const [tag, digest] of this.tags) if (digest === reference) this.tags.delete(tag);
    return this.manifests.delete(reference);
  }
}

/** All repositories of an embedded registry and the uploads under way. */
export class Storage {
  readonly #repositories = new Map<string, Repository>();
  readonly #uploads = new Map<string, Buffer>();
  #lastUpload = 0;

  /** The repository of that name, if anything was ever pushed to it. */
  find(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  /** The repository of that name, made where missing. */
  open(name: string): Repository {
    const found = this.#repositories.get(name) ?? new Repository();
    this.#repositories.set(name, found);
    return found;
  }

  /** Begins an upload; returns its identifier. */
  beginUpload(): string {
    const id = `upload-${++this.#lastUpload}`;
    this.#uploads.set(id, Buffer.alloc(0));
    return id;
  }

  /** Appends to an upload; returns what it has now, or undefined where there is no such upload. */
  appendUpload(id: string, content: Buffer): Buffer | undefined {
    const before = this.#uploads.get(id);
    if (before === undefined) return undefined;
    const after = Buffer.concat([before, content]);
    this.#uploads.set(id, after);
    return after;
  }

  /** Forgets an upload. */
  endUpload(id: string): void {
    this.#uploads.delete(id);
  }
}
