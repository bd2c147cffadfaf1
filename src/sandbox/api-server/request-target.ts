import type { ResourceCatalog } from './resource-catalog.ts';
import type { ResourceType } from './resource-type.ts';
import type { Target } from './write-request.ts';

/**
 * What the path of a request names: `/api/v1/namespaces/shop/pods/web-0/status` and the like.
 * Undefined where nothing is served there.
 */
export function targetOf(path: string, catalog: ResourceCatalog): Target | undefined {
  const segments = path.split('/').slice(1).map(decoded);
  if (segments.includes('')) return undefined;
  if (segments[0] === 'api') return resolve('', segments[1] ?? '', segments.slice(2), catalog);
  if (segments[0] !== 'apis') return undefined;
  return resolve(segments[1] ?? '', segments[2] ?? '', segments.slice(3), catalog);
}

function resolve(
  group: string,
  version: string,
  rest: readonly string[],
  catalog: ResourceCatalog,
): Target | undefined {
  // `namespaces/shop/status` is a part of the namespace, `namespaces/shop/pods` a collection within it.
  const within = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const namespace = within ? (rest[1] ?? '') : '';
  const [plural = '', name = '', part, ...more] = within ? rest.slice(2) : rest;
  const type = catalog.find(group, version, plural);
  if (type === undefined || more.length > 0 || !isReachable(type, within, name)) return undefined;
  if (part === undefined) return { type, namespace, name, subresource: undefined };
  const subresource = [...type.subresources].find((known) => known === part);
  return subresource === undefined ? undefined : { type, namespace, name, subresource };
}

/** Objects of a namespace are reached within it; without one, only all of them together. */
function isReachable(type: ResourceType, within: boolean, name: string): boolean {
  return within ? type.namespaced : !type.namespaced || name === '';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
