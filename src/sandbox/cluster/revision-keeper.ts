import type { KubeClient } from '../../kube/client.ts';
import { listPath, objectPath } from '../../kube/resources.ts';
import { type JsonObject, numberAt, textAt } from '../../model/json.ts';
import { controllerRevisions } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import { keepsTemplate, newRevision, numberOf } from './controller-revision.ts';
import { OwnerIndex } from './owner-index.ts';
import { nameOf, namespaceOf, uidOf } from './ownership.ts';

/** The revisions of an owner, oldest first. */
export interface Revisions {
  /** That of the present template. */
  readonly update: JsonObject;
  readonly all: readonly JsonObject[];
}

/** Keeps a ControllerRevision for each template that a StatefulSet or DaemonSet had. */
export class RevisionKeeper {
  readonly #client: KubeClient;
  readonly #owned: OwnerIndex;

  constructor(client: KubeClient, revisions: Collection) {
    this.#client = client;
    this.#owned = new OwnerIndex(revisions.store);
  }

  /** Sees to it that the present template has the revision with the greatest number; rejects where somebody was faster. */
  async sync(owner: JsonObject, kind: string, signal: AbortSignal): Promise<Revisions> {
    const all = this.#owned.ownedBy(uidOf(owner)).toSorted((one, other) => numberOf(one) - numberOf(other));
    const newest = Math.max(0, ...all.map(numberOf));
    const kept = all.findLast((revision) => keepsTemplate(revision, owner));
    if (kept === undefined) {
      const path = listPath(controllerRevisions, namespaceOf(owner));
      const made = await this.#client.create(path, newRevision(owner, kind, newest + 1), { signal });
      return { update: made, all: [...all, made] };
    }
    if (numberOf(kept) === newest) return { update: kept, all };
    const body = {
      metadata: { resourceVersion: textAt(kept, 'metadata', 'resourceVersion') },
      revision: newest + 1,
    };
    const update = await this.#client.patch(pathOf(kept), body, { type: 'merge', signal });
    return { update, all: [...all.filter((one) => one !== kept), update] };
  }

  /** Deletes the oldest revisions beyond the history limit of their owner; `live` ones stay. */
  async trim(
    owner: JsonObject,
    { all }: Revisions,
    live: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const idle = all.filter((revision) => !live.has(nameOf(revision)));
    const limit = numberAt(owner, 'spec', 'revisionHistoryLimit') ?? 10;
    for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) {
      await this.#client.delete(pathOf(revision), { signal });
    }
  }
}

function pathOf(revision: JsonObject): string {
  return objectPath(controllerRevisions, namespaceOf(revision), nameOf(revision));
}
