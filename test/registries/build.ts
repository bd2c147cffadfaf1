import { buildGo } from '../support/go-binary.ts';

/** Returns the path of the registry in memory of `main.go`, building it when the cache has none: see {@link buildGo}. */
export function buildMemoryRegistry(): string {
  const source = import.meta.dirname;
  return buildGo({ name: 'memory-registry', source, flags: ['-ldflags=-s -w'], why: 'half a minute, once' });
}
