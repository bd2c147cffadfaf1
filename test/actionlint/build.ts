import { buildGo } from '../support/go-binary.ts';

/** Returns the path of the linter of workflows that go.mod names, building it when the cache has none: see {@link buildGo}. */
export function buildActionlint(): string {
  return buildGo({
    name: 'actionlint',
    source: import.meta.dirname,
    command: 'github.com/rhysd/actionlint/cmd/actionlint',
    flags: ['-ldflags=-s -w'],
    why: 'some seconds, once',
  });
}

if (import.meta.main) console.log(buildActionlint());
