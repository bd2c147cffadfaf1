import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { zoneOf, type Zone } from './addresses.ts';

/** The widest zone that a connection may lead to; `any` where the operator named the host. */
export type Reach = Exclude<Zone, 'forbidden'> | 'any';

const widths: Readonly<Record<Zone | 'any', number>> = {
  public: 0,
  private: 1,
  loopback: 2,
  forbidden: 3,
  any: 3,
};

/** Whether a connection that reaches so far may lead to an address of a zone. */
export function mayReach(reach: Reach, zone: Zone): boolean {
  return widths[zone] <= widths[reach];
}

/** The narrower of two reaches. */
export function narrower(a: Reach, b: Reach): Reach {
  return widths[a] <= widths[b] ? a : b;
}

/** A name resolved to an address that must not be connected to. */
class ForbiddenAddress extends Error {
  readonly code = 'ADDRESS_FORBIDDEN';
  readonly zone: Zone;

  constructor(zone: Zone) {
    super(`resolves to a ${zone} address`);
    this.zone = zone;
  }
}

/** What a zone is called in messages. */
export function zoneName(zone: Zone): string {
  return zone === 'forbidden' ? 'link-local, metadata or reserved' : zone;
}

/**
 * Resolves names for connections and lets none through of which any address is beyond the reach: a name whose
 * addresses change between a check and the connection cannot slip by, because these are the ones connected to.
 * `noted` is told the widest zone of each name that passes.
 */
export function guardedLookup(
  lookup: LookupFunction,
  reach: Reach,
  noted: (zone: Zone) => void,
): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions = { ...options, all: true };
    lookup(hostname, all, (error, answer) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const found = asList(answer);
      const zone = widest(found.map(({ address }) => zoneOf(address) ?? 'forbidden'));
      const first = found[0];
      if (first === undefined || !mayReach(reach, zone)) {
        callback(new ForbiddenAddress(zone), '');
        return;
      }
      noted(zone);
      if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

function asList(answer: string | LookupAddress[]): LookupAddress[] {
  return typeof answer === 'string' ? [{ address: answer, family: answer.includes(':') ? 6 : 4 }] : answer;
}

function widest(zones: readonly Zone[]): Zone {
  return zones.reduce<Zone>((wide, zone) => (widths[zone] > widths[wide] ? zone : wide), 'public');
}
