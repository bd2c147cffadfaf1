import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGo } from '../support/go-binary.ts';
import { SetupError } from './setup-error.ts';

const source = import.meta.dirname;

/**
 * Returns the path of the binary that is every program of Kubernetes, building it when the cache has none for these
 * sources: see {@link buildGo}. A cold build takes minutes of two cores.
 */
export function buildKubernetes(): string {
  return buildGo({ name: 'kubernetes', source, flags: versionFlags(), why: 'minutes, once' });
}

/** The flags with the version of k8s.io/kubernetes in go.mod as what the programs say they are. */
function versionFlags(): string[] {
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  const [, full, minor] = version ?? [];
  if (full === undefined || minor === undefined)
    throw new SetupError('go.mod does not name k8s.io/kubernetes');
  const values = {
    gitVersion: full,
    gitMajor: '1',
    gitMinor: minor,
    gitCommit: 'unknown',
    gitTreeState: 'clean',
  };
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(values).map(([name, value]) => `-X ${module}.${name}=${value}`),
  );
  return [`-ldflags=-s -w ${settings.join(' ')}`];
}

if (import.meta.main) console.log(buildKubernetes());
