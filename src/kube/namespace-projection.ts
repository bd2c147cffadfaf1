import { type JsonObject, textAt, textMapAt } from '../model/json.ts';

/** A namespace that carries settings. */
export interface NamespaceSettings {
  readonly name: string;
  /** Its annotations under our prefix. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reduces a namespace to the settings that it carries; undefined where it carries none, as nearly all do. */
export function readNamespace(object: JsonObject): NamespaceSettings | undefined {
  const name = textAt(object, 'metadata', 'name');
  const annotations = Object.entries(textMapAt(object, 'metadata', 'annotations')).filter(([key]) =>
    key.startsWith('plimsoll.dev/'),
  );
  if (name === undefined || annotations.length === 0) return undefined;
  return { name, annotations: Object.fromEntries(annotations) };
}
