import type { JsonObject } from '../../model/json.ts';
import type { StoreEvent } from './event-history.ts';
import type { ObjectMatcher } from './list-query.ts';
import type { ResourceType } from './resource-type.ts';
import { namespaceOf, type StoredObject, typedText } from './stored-object.ts';
import { apiVersionOf } from './resource-type.ts';
import { metadataOnly, tableOf, type TableOptions } from './table.ts';

/** How objects are shown to a client, as its `Accept` header asks. */
export type Rendering =
  | { readonly kind: 'object' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'table'; readonly includeObject: TableOptions['includeObject'] };

/** Takes the lines of a watch. */
export interface WatchSink {
  /** Tells the client that the watch is open, before anything is written. */
  begin(): void;
  /** Takes one line, its end included. False when the client is too slow and must go. */
  write(line: string): boolean;
  end(): void;
  /** Breaks the connection off; `partial` is sent before that, where given. */
  cut(partial?: string): void;
}

/** What a watch is about. */
export interface WatchScope {
  readonly type: ResourceType;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly selects: ObjectMatcher;
  readonly rendering: Rendering;
  readonly bookmarks: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One open watch: turns changes of the store into lines for one client. */
export class Watch {
  readonly scope: WatchScope;
  readonly sink: WatchSink;
  #described = false;

  constructor(scope: WatchScope, sink: WatchSink) {
    this.scope = scope;
    this.sink = sink;
  }

  /** Tells one change, as far as it concerns this watch. */
  tell({ type, object, previous }: StoreEvent): void {
    const now = type !== 'DELETED' && this.#concerns(object);
    const before = previous !== undefined && this.#concerns(previous);
    if (now) this.send(before ? 'MODIFIED' : 'ADDED', object);
    else if (before) this.send('DELETED', object);
  }

  /** Tells an object as it is. */
  send(type: StoreEvent['type'], object: StoredObject): void {
    if (!this.sink.write(`{"type":"${type}","object":${this.#show(object)}}\n`)) this.sink.cut();
  }

  /** Tells that everything up to a version has been told; `initial` marks the end of the initial objects (KEP-3157). */
  bookmark(version: number, initial = false): void {
    const annotations = initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const { kind } = this.scope.type;
    const metadata = { resourceVersion: String(version), creationTimestamp: null, ...annotations };
    this.#line('BOOKMARK', { kind, apiVersion: apiVersionOf(this.scope.type), metadata });
  }

  /** Tells a Status as the last thing, and ends. */
  fail(status: JsonObject): void {
    this.#line('ERROR', status);
    this.sink.end();
  }

  #line(type: string, object: JsonObject): void {
    this.sink.write(`${JSON.stringify({ type, object })}\n`);
  }

  #concerns(object: StoredObject): boolean {
    const { namespace, selects } = this.scope;
    return (namespace === '' || namespaceOf(object) === namespace) && selects(object);
  }

  #show(object: StoredObject): string {
    const { rendering, type, now } = this.scope;
    if (rendering.kind === 'object') return typedText(type, object);
    if (rendering.kind === 'metadata') return JSON.stringify(metadataOnly(object));
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const withColumns = !this.#described;
    this.#described = true;
    const options = { includeObject: rendering.includeObject, now: now(), withColumns };
    return JSON.stringify(tableOf(type, [object], metadata, options));
  }
}
