import { type JsonObject, textAt } from '../../model/json.ts';
import { alreadyExists, ApiFault, badRequest, conflict, forbidden, invalid, notFound } from './api-fault.ts';
import { storeVersion, versioned } from './deletion.ts';
import { objectAt, sameJson } from './json-edit.ts';
import { managerName, withOwnership } from './managed-fields.ts';
import { validateGenerateName, validateMetadataUpdate } from './metadata-validation.ts';
import { type Decoded, decodeObject, validateObject, withTypeDefaults } from './object-decoder.ts';
import type { ObjectStore } from './object-store.ts';
import type { ResourceType } from './resource-type.ts';
import { withGeneration, withoutServerFields, withServerFields } from './server-fields.ts';
import { isDeleting, type StoredObject } from './stored-object.ts';
import { timestamp } from './timestamp.ts';
import type { Sources, Target, WriteOptions, Written } from './write-request.ts';

/** Creates and changes objects by the rules of the API server; each call is one atomic step. */
export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #sources: Sources;

  constructor(store: ObjectStore, sources: Sources) {
    this.#store = store;
    this.#sources = sources;
  }

  /** Creates an object from a body. */
  create(target: Target, body: unknown, options: WriteOptions): Written {
    const { type } = target;
    const decoded = decodeObject(type, body, options.fieldValidation);
    if ((textAt(decoded.object, 'metadata', 'resourceVersion') ?? '') !== '') {
      // The real server answers so, without a reason.
      const message = 'resourceVersion should not be set on objects to be created';
      throw new ApiFault({ code: 500, reason: '', message });
    }
    return this.#insert(target, decoded, options);
  }

  /** Replaces an object by a body (PUT); types that allow it are created where they are missing. */
  update(target: Target, body: unknown, options: WriteOptions): Written {
    const { type, namespace, name } = target;
    const before = this.#store.get(type.storage, namespace, name);
    const decoded = decodeObject(type, body, options.fieldValidation);
    checkAddress(target, decoded.object);
    if (before === undefined) {
      if (!type.behaviour.createOnUpdate) throw notFound(type, name);
      return this.#insert(target, decoded, options);
    }
    const uid = textAt(decoded.object, 'metadata', 'uid') ?? before.metadata.uid;
    if (uid !== before.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`;
      throw conflict(type, name, why);
    }
    return this.replace(target, before, decoded, options);
  }

  /** Puts a decoded object in the place of what is stored; nothing is written where nothing changes. */
  replace(target: Target, before: StoredObject, decoded: Decoded, options: WriteOptions): Written {
    const { type, name } = target;
    checkVersion(target, before, decoded.object);
    const shown = type.behaviour.fromStorage?.(before) ?? before;
    const draft = withTypeDefaults(type, withServerFields(target, shown, decoded.object));
    const causes = [...validateMetadataUpdate(draft, shown), ...validateObject(type, draft, shown)];
    if (causes.length > 0) throw invalid(type, name, causes);
    const object = this.#commit(target, withGeneration(target, draft, shown), before, options);
    return { object, created: false, warnings: decoded.warnings };
  }

  /** Stores what the server itself makes of an object, without asking whether a client might. */
  rewrite(target: Target, before: StoredObject, after: JsonObject, options: WriteOptions): StoredObject {
    return this.#commit(target, after, before, options);
  }

  #insert(target: Target, decoded: Decoded, options: WriteOptions): Written {
    const { type, namespace } = target;
    const draft = withTypeDefaults(type, this.#identify(target, withoutServerFields(type, decoded.object)));
    const name = textAt(draft, 'metadata', 'name') ?? '';
    if (type.namespaced) this.#checkNamespace(target, name);
    const causes = validateObject(type, draft, undefined);
    if (causes.length > 0) throw invalid(type, name, causes);
    if (this.#store.get(type.storage, namespace, name) !== undefined) throw alreadyExists(type, name);
    const object = this.#commit(target, draft, undefined, options);
    return { object, created: true, warnings: decoded.warnings };
  }

  #commit(
    target: Target,
    draft: JsonObject,
    before: StoredObject | undefined,
    options: WriteOptions,
  ): StoredObject {
    const { type } = target;
    const shownBefore = before === undefined ? undefined : (type.behaviour.fromStorage?.(before) ?? before);
    const owned = withOwnership(draft, shownBefore, {
      name: managerName(options.fieldManager, options.userAgent),
      target,
      time: this.#now(),
    });
    const kept = type.behaviour.toStorage?.(owned) ?? owned;
    if (before !== undefined && sameJson(kept, before)) return before;
    if (options.dryRun) return versioned(this.#store, kept);
    return storeVersion(this.#store, type.storage, kept, before);
  }

  #now(): string {
    return timestamp(this.#sources.clock.now());
  }

  #checkNamespace({ type, namespace }: Target, name: string): void {
    const found = this.#store.get('namespaces', '', namespace);
    if (found === undefined) {
      const message = `namespaces "${namespace}" not found`;
      const details = { name: namespace, kind: 'namespaces' };
      throw new ApiFault({ code: 404, reason: 'NotFound', message, details });
    }
    if (isDeleting(found)) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
      throw forbidden(type, name, why);
    }
  }

  /** Gives a new object what the server alone may give: name, UID, time, generation. */
  #identify({ type, namespace }: Target, object: JsonObject): JsonObject {
    const metadata = objectAt(object, 'metadata');
    const own = textAt(metadata, 'namespace');
    if (own !== undefined && own !== namespace) throw namespaceMismatch();
    const identity = {
      name: this.#nameOf(type, metadata),
      ...(type.namespaced ? { namespace } : {}),
      uid: this.#sources.uid(),
      ...(type.behaviour.generationFields.length > 0 ? { generation: 1 } : {}),
      creationTimestamp: this.#now(),
    };
    return { ...object, metadata: { ...metadata, ...identity } };
  }

  #nameOf(type: ResourceType, metadata: JsonObject): string {
    const name = textAt(metadata, 'name') ?? '';
    const prefix = textAt(metadata, 'generateName') ?? '';
    if (name !== '' || prefix === '') return name;
    const causes = validateGenerateName(prefix);
    if (causes.length > 0) throw invalid(type, '', causes);
    const letters = 'bcdfghjklmnpqrstvwxz2456789';
    const letter = () => letters[Math.floor(this.#sources.random() * letters.length)] ?? 'x';
    return prefix.slice(0, 58) + Array.from({ length: 5 }, letter).join('');
  }
}

/** The address of a request and the name in its body must agree. */
function checkAddress({ name, namespace }: Target, object: JsonObject): void {
  const named = textAt(object, 'metadata', 'name') ?? '';
  if (named === '') throw badRequest('name must be provided');
  if (named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  }
  const own = textAt(object, 'metadata', 'namespace');
  if (own !== undefined && own !== namespace) throw namespaceMismatch();
}

function checkVersion({ type, name }: Target, before: StoredObject, next: JsonObject): void {
  const version = textAt(next, 'metadata', 'resourceVersion') ?? '';
  if (version === '' && !type.behaviour.unconditionalUpdate) {
    const message = 'Invalid value: 0: must be specified for an update';
    // The real server names the resource here where it names the kind elsewhere.
    const named = { ...type, kind: type.plural };
    throw invalid(named, name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' }]);
  }
  if (version !== '' && version !== before.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(type, name, why);
  }
}

function namespaceMismatch(): ApiFault {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
