import { isJsonObject, numberAt, textAt } from '../../model/json.ts';
import type { ApiRequest } from './api-exchange.ts';
import type { DeleteOptions } from './object-remover.ts';
import type { WriteOptions } from './write-request.ts';

/** How a write is meant, from its query. */
export function writeOptions({ query, userAgent }: ApiRequest): WriteOptions {
  const validation = query.get('fieldValidation');
  return {
    fieldManager: query.get('fieldManager') ?? undefined,
    userAgent,
    dryRun: query.get('dryRun') === 'All',
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
  };
}

/** How a deletion is meant: the body's `DeleteOptions` first, then the query. */
export function deleteOptions({ body, query }: ApiRequest): DeleteOptions {
  const options = isJsonObject(body) ? body : {};
  const propagation = textAt(options, 'propagationPolicy') ?? query.get('propagationPolicy');
  const seconds = query.get('gracePeriodSeconds');
  return {
    gracePeriodSeconds:
      numberAt(options, 'gracePeriodSeconds') ?? (seconds === null ? undefined : Number(seconds)),
    propagation: propagation === 'Foreground' || propagation === 'Orphan' ? propagation : 'Background',
    uid: textAt(options, 'preconditions', 'uid'),
    resourceVersion: textAt(options, 'preconditions', 'resourceVersion'),
    dryRun: query.get('dryRun') === 'All' || options['dryRun'] !== undefined,
  };
}
