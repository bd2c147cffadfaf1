import { parseImageReference } from '../model/image-reference.ts';
import type { PullPolicy } from '../model/workload.ts';

/**
 * The pull policy of a container, defaulted as the API server does (`SetDefaults_Container`): `Always` for the tag
 * `latest` and for a name alone, `IfNotPresent` for every other reference.
 */
export function pullPolicyOf(written: string | undefined, image: string): PullPolicy {
  if (written === 'Always' || written === 'IfNotPresent' || written === 'Never') return written;
  const parsed = parseImageReference(image);
  if (!parsed.ok) return 'IfNotPresent';
  const { tag, digest } = parsed.value;
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}
