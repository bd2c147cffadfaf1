import type { DeleteOptions, ListPage, PatchOptions, RequestOptions } from '../../src/kube/client.ts';
import { KubeError, type KubeErrorCode } from '../../src/kube/errors.ts';
import { isJsonObject, type JsonObject, numberAt, textAt } from '../../src/model/json.ts';
import { objectAt } from '../../src/sandbox/api-server/json-edit.ts';
import { applyJsonPatch } from '../../src/sandbox/api-server/json-patch.ts';
import { applyMergePatch } from '../../src/sandbox/api-server/merge-patch.ts';
import { shown } from './shown.ts';

/** A request as it was made. */
export interface KubeRequest {
  readonly method: 'GET' | 'LIST' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  /** Whether nothing is to be stored. */
  readonly dryRun?: true;
}

/** The error that a client throws when a server answers with one of these codes. */
export function kubeError(code: KubeErrorCode, detail: string): KubeError {
  return new KubeError({ method: 'TEST', path: '/' }, { code, detail });
}

/**
 * An API server in memory, behind the methods of the client: it keeps objects by path, counts versions and
 * generations, applies patches as the real one does, and remembers what it was asked.
 */
export class FakeKubeClient {
  readonly requests: KubeRequest[] = [];
  readonly #objects = new Map<string, JsonObject>();
  #version = 100;
  /** Runs before a request is served; it may change objects, wait, or throw. */
  before: (request: KubeRequest) => void | Promise<void> = () => undefined;
  /** Runs after a patch was stored and before it is answered: the place to lose an answer. */
  after: (request: KubeRequest) => void | Promise<void> = () => undefined;
  /** What a watch would bring. */
  changed: (object: JsonObject, gone: boolean) => void = () => undefined;

  /** The requests that change something. */
  get writes(): readonly KubeRequest[] {
    const reading = ['GET', 'LIST'];
    return this.requests.filter(({ method, dryRun }) => !reading.includes(method) && !dryRun);
  }

  /** Everything that there is. */
  get objects(): readonly JsonObject[] {
    return [...this.#objects.values()];
  }

  /** What stands at a path, or undefined. */
  peek(path: string): JsonObject | undefined {
    return this.#objects.get(path);
  }

  /** Puts an object at a path as somebody else would, and tells the watch. */
  put(path: string, object: JsonObject): JsonObject {
    return this.#store(path, object);
  }

  /** Applies JSON Patch operations as somebody else would. */
  edit(path: string, operations: readonly JsonObject[]): JsonObject {
    return this.#store(path, patched(this.#find(path), operations));
  }

  /** Deletes an object. */
  remove(path: string): void {
    const object = this.#find(path);
    this.#objects.delete(path);
    this.changed(object, true);
  }

  async get(path: string, options: RequestOptions): Promise<JsonObject> {
    await this.#begin({ method: 'GET', path, body: undefined }, options);
    return this.#find(path);
  }

  async *list(path: string, options: RequestOptions): AsyncGenerator<ListPage> {
    await this.#begin({ method: 'LIST', path, body: undefined }, options);
    const items = [...this.#objects]
      .filter(([key]) => key.startsWith(`${path}/`))
      .map(([, object]) => object);
    yield { items, resourceVersion: String(this.#version) };
  }

  async create(path: string, body: JsonObject, options: RequestOptions): Promise<JsonObject> {
    await this.#begin({ method: 'POST', path, body }, options);
    const own = `${path}/${textAt(body, 'metadata', 'name') ?? ''}`;
    if (this.#objects.has(own)) throw kubeError('AlreadyExists', `${own} already exists`);
    return this.#store(own, body);
  }

  async patch(
    path: string,
    body: JsonObject | readonly unknown[],
    options: PatchOptions,
  ): Promise<JsonObject> {
    const dryRun = options.query?.['dryRun'] === 'All';
    const request: KubeRequest = { method: 'PATCH', path, body, ...(dryRun && { dryRun }) };
    await this.#begin(request, options);
    const own = path.replace(/\/status$/, '');
    const before = this.#find(own);
    if (dryRun) return before;
    const version = textAt(body, 'metadata', 'resourceVersion');
    if (version !== undefined && version !== textAt(before, 'metadata', 'resourceVersion')) {
      throw kubeError('Conflict', 'the object has been modified');
    }
    const stored = this.#store(
      own,
      isJsonObject(body) ? applyMergePatch(before, body) : patched(before, body),
    );
    await this.after(request);
    return stored;
  }

  async delete(path: string, options: DeleteOptions): Promise<JsonObject> {
    await this.#begin({ method: 'DELETE', path, body: undefined }, options);
    const object = this.#find(path);
    const { uid, resourceVersion } = options.preconditions ?? {};
    const differs = (field: string, wanted: string | undefined) =>
      wanted !== undefined && textAt(object, 'metadata', field) !== wanted;
    if (differs('uid', uid) || differs('resourceVersion', resourceVersion)) {
      throw kubeError('Conflict', 'the object has been modified');
    }
    this.remove(path);
    return object;
  }

  async #begin(request: KubeRequest, { signal }: RequestOptions): Promise<void> {
    if (signal.aborted) throw kubeError('Aborted', 'the request was abandoned');
    this.requests.push(request);
    shown(`a ${request.method}`, JSON.stringify(request.body ?? ''));
    await this.before(request);
  }

  #find(path: string): JsonObject {
    const object = this.#objects.get(path);
    if (!object) throw kubeError('NotFound', `${path} not found`);
    return object;
  }

  #store(path: string, object: JsonObject): JsonObject {
    const before = this.#objects.get(path);
    const generation = numberAt(before, 'metadata', 'generation') ?? 0;
    const sameSpec = JSON.stringify(before?.['spec']) === JSON.stringify(object['spec']);
    const metadata = {
      ...objectAt(object, 'metadata'),
      uid: textAt(object, 'metadata', 'uid') ?? `uid-${path}`,
      generation: before && sameSpec ? generation : generation + 1,
      resourceVersion: String(++this.#version),
    };
    const stored = structuredClone({ ...object, metadata });
    this.#objects.set(path, stored);
    this.changed(stored, false);
    return stored;
  }
}

function patched(object: JsonObject, operations: readonly unknown[]): JsonObject {
  const outcome = applyJsonPatch(object, operations);
  if (outcome === 'undecodable') throw kubeError('BadRequest', 'the patch cannot be read');
  if (!outcome.ok || !isJsonObject(outcome.document)) {
    throw kubeError('Invalid', 'the server rejected our request due to an error in our request');
  }
  return outcome.document;
}
