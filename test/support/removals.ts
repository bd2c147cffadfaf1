import { textAt } from '../../src/model/json.ts';
import { auditLines } from './audit-log.ts';
import { neededObjects, required, systemNamespace } from './installation.ts';

/** A span of time, both ends as the audit log writes them; the end is undefined where it has not come. */
export interface Span {
  readonly from: string;
  readonly to: string | undefined;
}

const installed: ReadonlySet<string> = new Set(neededObjects);

/**
 * When the controller was being removed, or was not installed: from the first deletion of something that it needs to the
 * next creation of its service account. A controller that ends meanwhile is refused what it asks for at last.
 */
export function removals(): readonly Span[] {
  const spans: Span[] = [];
  let from: string | undefined;
  for (const line of auditLines(required('PLIMSOLL_TEST_AUDIT_LOG'))) {
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
