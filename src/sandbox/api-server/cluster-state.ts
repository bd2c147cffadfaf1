import { DefinitionController } from './definition-controller.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { ObjectLister } from './object-lister.ts';
import { ObjectPatcher } from './object-patcher.ts';
import { ObjectRemover } from './object-remover.ts';
import { ObjectStore } from './object-store.ts';
import { ObjectWriter } from './object-writer.ts';
import { ResourceCatalog } from './resource-catalog.ts';
import { WatchHub } from './watch-hub.ts';
import type { Sources, WriteOptions } from './write-request.ts';

/** Everything behind the addresses of the API server, put together. */
export interface ClusterState {
  readonly catalog: ResourceCatalog;
  readonly store: ObjectStore;
  readonly lister: ObjectLister;
  readonly writer: ObjectWriter;
  readonly patcher: ObjectPatcher;
  readonly remover: ObjectRemover;
  readonly watches: WatchHub;
  readonly sources: Sources;
}

const asServer: WriteOptions = {
  fieldManager: 'kube-apiserver',
  userAgent: '',
  dryRun: false,
  fieldValidation: 'Ignore',
};

/** An empty cluster: four namespaces, and the controllers that an API server is never without. */
export function createClusterState(sources: Sources): ClusterState {
  const catalog = new ResourceCatalog();
  const store = new ObjectStore();
  const lister = new ObjectLister(store);
  const writer = new ObjectWriter(store, sources);
  const patcher = new ObjectPatcher(store, writer);
  const remover = new ObjectRemover(store, sources);
  const watches = new WatchHub(store, sources.clock, sources.random);
  new GarbageCollector(store, remover, catalog).start();
  new NamespaceLifecycle({ store, writer, remover, catalog }).start();
  const endWatches = (storage: string) => watches.end(storage);
  new DefinitionController({ store, remover, catalog, clock: sources.clock, endWatches }).start();
  const namespaces = catalog.find('', 'v1', 'namespaces');
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    if (namespaces === undefined) break;
    const target = { type: namespaces, namespace: '', name: '', subresource: undefined };
    writer.create(target, { metadata: { name } }, asServer);
  }
  return { catalog, store, lister, writer, patcher, remover, watches, sources };
}
