import { customResourceTypes } from './custom-resource-types.ts';
import type { JsonObject } from '../../model/json.ts';
import { builtInTypes } from './resource-table.ts';
import type { ResourceType } from './resource-type.ts';

/** Every type that is served now: the built-in ones and those of the custom resource definitions. */
export class ResourceCatalog {
  readonly #custom = new Map<string, readonly ResourceType[]>();
  #byPath = index(builtInTypes);

  /** All types, built-in ones first. */
  all(): readonly ResourceType[] {
    return [...this.#byPath.values()];
  }

  /** The type behind an address, or undefined where nothing is served. */
  find(group: string, version: string, plural: string): ResourceType | undefined {
    return this.#byPath.get(pathKey(group, version, plural));
  }

  /** Any served version of what is kept in a storage. */
  forStorage(storage: string): ResourceType | undefined {
    return this.all().find((type) => type.storage === storage);
  }

  /** Serves what a definition says, in place of what it said before. Returns the types. */
  define(name: string, definition: JsonObject): readonly ResourceType[] {
    const types = customResourceTypes(definition);
    this.#custom.set(name, types);
    this.#byPath = index([...builtInTypes, ...[...this.#custom.values()].flat()]);
    return types;
  }

  /** Stops serving what a definition brought. */
  undefine(name: string): void {
    this.#custom.delete(name);
    this.#byPath = index([...builtInTypes, ...[...this.#custom.values()].flat()]);
  }
}

function index(types: readonly ResourceType[]): ReadonlyMap<string, ResourceType> {
  return new Map(types.map((type) => [pathKey(type.group, type.version, type.plural), type]));
}

function pathKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
