import type { Clock } from '../../model/ports.ts';
import type { FieldValidation } from './object-decoder.ts';
import type { ResourceType, Subresource } from './resource-type.ts';
import type { StoredObject } from './stored-object.ts';

/** What a request is about: an object, or a part of it. */
export interface Target {
  readonly type: ResourceType;
  /** Empty for types of the whole cluster. */
  readonly namespace: string;
  /** Empty for a whole collection. */
  readonly name: string;
  readonly subresource: Subresource | undefined;
}

/** How a write is meant. */
export interface WriteOptions {
  readonly fieldManager: string | undefined;
  readonly userAgent: string;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** What a write left behind. */
export interface Written {
  readonly object: StoredObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** What writing needs from outside: time and chance. */
export interface Sources {
  readonly clock: Clock;
  /** A new UID. */
  readonly uid: () => string;
  /** A number in [0, 1). */
  readonly random: () => number;
}
