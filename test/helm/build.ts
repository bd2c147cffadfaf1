import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../kubernetes/setup-error.ts';
import { buildGo } from '../support/go-binary.ts';

const source = import.meta.dirname;
const module = 'helm.sh/helm/v3';

/** Returns the path of the Helm that go.mod names, building it when the cache has none: see {@link buildGo}. */
export function buildHelm(): string {
  return buildGo({
    name: 'helm',
    source,
    command: `${module}/cmd/helm`,
    flags: [`-ldflags=-s -w ${settings().join(' ')}`],
    why: 'a minute, once',
  });
}

/** What Helm says it is, and the Kubernetes that a chart is rendered for where no cluster is asked. */
function settings(): readonly string[] {
  const versions = readFileSync(join(source, 'go.mod'), 'utf8');
  const version = /helm\.sh\/helm\/v3 (v\S+)/.exec(versions)?.[1];
  const minor = /k8s\.io\/client-go v0\.(\d+)\./.exec(versions)?.[1];
  if (version === undefined || minor === undefined)
    throw new SetupError(`${join(source, 'go.mod')} does not name ${module} and k8s.io/client-go`);
  const values = {
    'internal/version.version': version,
    'pkg/chartutil.k8sVersionMajor': '1',
    'pkg/chartutil.k8sVersionMinor': minor,
  };
  return Object.entries(values).map(([name, value]) => `-X ${module}/${name}=${value}`);
}

if (import.meta.main) console.log(buildHelm());
