import { type JsonObject, textAt, textMapAt } from '../model/json.ts';

/** A namespace that says something of the workloads in it. */
export interface NamespaceSettings {
  readonly name: string;
  /** Its annotations under our prefix. */
  readonly annotations: Readonly<Record<string, string>>;
  /** It is being deleted: nothing can be made in it any more. */
  readonly terminating: boolean;
}

/** Reduces a namespace to what it says of its workloads; undefined where it says nothing, as nearly all do. */
export function readNamespace(object: JsonObject): NamespaceSettings | undefined {
  const name = textAt(object, 'metadata', 'name');
  const annotations = Object.entries(textMapAt(object, 'metadata', 'annotations')).filter(([key]) =>
    key.startsWith('plimsoll.dev/'),
  );
  const terminating = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
  if (name === undefined || (annotations.length === 0 && !terminating)) return undefined;
  return { name, annotations: Object.fromEntries(annotations), terminating };
}
