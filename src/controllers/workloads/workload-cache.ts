import { objectKey, Store } from '../../kube/store.ts';
import type { Clock } from '../../model/ports.ts';
import {
  type Workload,
  type WorkloadKey,
  type WorkloadKind,
  workloadKey,
  workloadKinds,
} from '../../model/workload.ts';
import { ReadYourWrites } from '../memory/read-your-writes.ts';

interface KindCache {
  readonly store: Store<Workload>;
  readonly known: ReadYourWrites<Workload>;
}

/** All workloads of all kinds that are followed. */
export class WorkloadCache {
  readonly #kinds: ReadonlyMap<WorkloadKind, KindCache>;
  /** Told of every workload that came, changed or went; set by the composition. */
  onChange: (key: WorkloadKey) => void = () => undefined;

  constructor(clock: Clock) {
    this.#kinds = new Map(
      workloadKinds.map((kind) => {
        const store = new Store<Workload>();
        store.onChange((_key, now, before) => {
          const workload = now ?? before;
          if (workload) this.onChange(workloadKey(workload.ref));
        });
        return [kind, { store, known: new ReadYourWrites(store, clock) }];
      }),
    );
  }

  /** Every workload at this moment. */
  list(): readonly Workload[] {
    return [...this.#kinds.values()].flatMap(({ store }) => store.list());
  }

  /** Where the reflector of a kind puts what it sees. */
  store(kind: WorkloadKind): Store<Workload> {
    return this.#of(kind).store;
  }

  /** The newest known state of a workload. */
  get(key: WorkloadKey): Workload | undefined {
    const { kind, object } = split(key);
    return kind && this.#of(kind).known.get(object);
  }

  /** Sends a request that answers with a workload; see {@link ReadYourWrites.through}. */
  async through<A>(
    { ref }: Workload,
    request: () => Promise<A>,
    workloadIn: (answer: A) => Workload | undefined,
  ): Promise<A> {
    return this.#of(ref.kind).known.through(objectKey(ref.namespace, ref.name), request, workloadIn);
  }

  #of(kind: WorkloadKind): KindCache {
    const cache = this.#kinds.get(kind);
    if (!cache) throw new TypeError(`there is no cache for ${kind}`);
    return cache;
  }
}

function split(key: WorkloadKey): { kind: WorkloadKind | undefined; object: string } {
  const slash = key.indexOf('/');
  return { kind: workloadKinds.find((kind) => kind === key.slice(0, slash)), object: key.slice(slash + 1) };
}
