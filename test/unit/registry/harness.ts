import type { LookupFunction } from 'node:net';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { RegistryCredential, RepositoryAccess } from '../../../src/model/ports.ts';
import { createRegistryClient, type RegistryClientOptions } from '../../../src/registry/client.ts';
import { RegistryError } from '../../../src/registry/errors.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import {
  startEmbeddedRegistry,
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
} from '../../../src/sandbox/registry/embedded-registry.ts';
import { secretOf } from '../../support/secrets.ts';
import { shown } from '../../support/shown.ts';
import { silentMetrics } from '../../support/silence.ts';

/** A clock on which waiting takes no time; `slept` has what was waited. */
function hurriedClock() {
  const slept: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    slept.push(milliseconds);
    await Promise.resolve();
  };
  return { ...systemClock, sleep, slept };
}

/** A credential whose password is the secret of that name. */
export function credential(
  username: string,
  name: string,
  source = `secret shop/${username}`,
): RegistryCredential {
  return { username, password: secretOf(name), source };
}

/** Knows no name but localhost, so that no test asks the DNS. */
export const nameless: LookupFunction = (hostname, _options, callback) => {
  if (hostname === 'localhost') callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
};

/** A registry and a client of it, both closed when the test ends. */
export async function given(
  t: TestContext,
  registryOptions: EmbeddedRegistryOptions = {},
  clientOptions: Partial<RegistryClientOptions> = {},
) {
  const registry = await startEmbeddedRegistry(registryOptions);
  const counted: (readonly [string, string, string])[] = [];
  const quotas: (readonly [string, number, number])[] = [];
  const rejected: string[] = [];
  const clock = hurriedClock();
  const client = createRegistryClient({
    clock,
    metrics: {
      ...silentMetrics,
      registryRequest: (host, operation, code) => counted.push([host, operation, code]),
      registryQuota: (host, limit, remaining) => quotas.push([host, limit, remaining]),
    },
    lookup: nameless,
    userAgent: 'plimsoll/test',
    credentialRejected: ({ source }) => rejected.push(source),
    ...clientOptions,
  });
  t.after(async () => {
    await client.close();
    await registry.close();
  });
  return { registry, client, clock, counted, quotas, rejected };
}

/** Access to a repository of an embedded registry. */
export function accessTo(
  registry: Pick<EmbeddedRegistry, 'host'>,
  path = 'shop/web',
  ...credentials: readonly RegistryCredential[]
): RepositoryAccess {
  return { registry: registry.host, path, credentials };
}

/** A signal that nobody aborts. */
export const patiently = new AbortController().signal;

/** The RegistryError that work fails with. */
export async function failureOf(work: Promise<unknown>): Promise<RegistryError> {
  try {
    await work;
  } catch (error) {
    shown('an error', inspect(error, { depth: 8 }));
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error('expected a RegistryError, and nothing failed');
}
