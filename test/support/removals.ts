import { readFileSync } from 'node:fs';
import { textAt } from '../../src/model/json.ts';
import { required, systemNamespace } from './installation.ts';

/** A span of time, both ends as the audit log writes them; the end is undefined where it has not come. */
export interface Span {
  readonly from: string;
  readonly to: string | undefined;
}

/** What a controller cannot do without, as `resource/name`. */
const installed = new Set([
  `namespaces/${systemNamespace}`,
  'serviceaccounts/plimsoll',
  'clusterroles/plimsoll',
  'clusterrolebindings/plimsoll',
  'roles/plimsoll-leader-election',
  'rolebindings/plimsoll-leader-election',
]);

/**
 * When the controller was being removed, or was not installed: from the first deletion of something that it needs to the
 * next creation of its service account. A controller that ends meanwhile is refused what it asks for at last.
 */
export function removals(): readonly Span[] {
  const spans: Span[] = [];
  let from: string | undefined;
  for (const line of readFileSync(required('PLIMSOLL_TEST_AUDIT_LOG'), 'utf8').split('\n')) {
    if (!/"verb":"(create|delete)"/.test(line) || !line.includes('"name":"plimsoll')) continue;
    const entry: unknown = JSON.parse(line);
    const of = (field: string) => textAt(entry, 'objectRef', field);
    const at = textAt(entry, 'requestReceivedTimestamp') ?? '';
    const what = `${of('resource')}/${of('name')}`;
    const isOurs = installed.has(what) && [undefined, '', systemNamespace].includes(of('namespace'));
    const isCreated = what === 'serviceaccounts/plimsoll' && of('subresource') === undefined;
    if (textAt(entry, 'verb') === 'delete' && isOurs) from ??= at;
    else if (from !== undefined && isOurs && isCreated) {
      spans.push({ from, to: at });
      from = undefined;
    }
  }
  return from === undefined ? spans : [...spans, { from, to: undefined }];
}
