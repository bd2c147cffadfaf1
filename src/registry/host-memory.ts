import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/ports.ts';

const mostHosts = 256;
const sixHours = 6 * 3_600_000;

/** What registries turned out to be, and for six hours what they do not support, so that it costs one request and not many. */
export class HostMemory {
  readonly #until = new LRUCache<string, number>({ max: 2 * mostHosts });
  readonly #harbors = new LRUCache<string, true>({ max: mostHosts });
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a HEAD of a manifest does not tell its digest. */
  needsGet(registry: string): boolean {
    return this.#knows(`get ${registry}`);
  }

  /** Notes that a HEAD of a manifest does not tell its digest. */
  noteNeedsGet(registry: string): void {
    this.#note(`get ${registry}`);
  }

  /** Whether the size of a page of tags must not be asked for. */
  refusesPageSize(registry: string): boolean {
    return this.#knows(`size ${registry}`);
  }

  /** Notes that the size of a page of tags must not be asked for. */
  noteRefusesPageSize(registry: string): void {
    this.#note(`size ${registry}`);
  }

  /** Whether a registry is a Harbor, which offers smaller pages than others. */
  isHarbor(registry: string): boolean {
    return this.#harbors.has(registry);
  }

  /** Notes that a registry is a Harbor. */
  noteHarbor(registry: string): void {
    this.#harbors.set(registry, true);
  }

  #knows(key: string): boolean {
    return (this.#until.get(key) ?? 0) > this.#clock.monotonic();
  }

  #note(key: string): void {
    this.#until.set(key, this.#clock.monotonic() + sixHours);
  }
}
