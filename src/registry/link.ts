/** What a page of a list says about the next one. */
export type NextPage =
  | { readonly kind: 'end' }
  | { readonly kind: 'page'; readonly url: URL }
  /** A next page is named in a way that cannot be followed. */
  | { readonly kind: 'unusable' };

/** Longest header line that is read. */
const longestLine = 8_192;
/** Cursors in use: distribution's `last` and `n`, Quay's `next_page`. */
const cursorKeys = ['last', 'n', 'next_page'];

/**
 * The page that the `Link` headers of an answer to `current` name as next.
 * The result always has the origin and path of `current`: where a registry behind a proxy names another host or path,
 * only the cursor is taken over, so no credential can be led elsewhere.
 * @see RFC 8288; OCI distribution specification, "Listing Tags"
 */
export function nextPage(lines: readonly string[], current: URL): NextPage {
  const target = lines.flatMap((line) => readLinks(line.slice(0, longestLine))).find(isNext)?.target;
  if (target === undefined) return { kind: 'end' };
  if (!URL.canParse(target, current.href)) return { kind: 'unusable' };
  const link = new URL(target, current);
  const url = new URL(current.pathname, current.origin);
  if (link.origin === current.origin && link.pathname === current.pathname) {
    url.search = link.search;
    return { kind: 'page', url };
  }
  for (const key of cursorKeys) {
    const value = link.searchParams.get(key);
    if (value !== null) url.searchParams.set(key, value);
  }
  const hasCursor = url.searchParams.has('last') || url.searchParams.has('next_page');
  return hasCursor ? { kind: 'page', url } : { kind: 'unusable' };
}

interface Link {
  readonly target: string;
  /** Lower-case relation types. */
  readonly relations: readonly string[];
}

function isNext({ relations }: Link): boolean {
  return relations.includes('next');
}

/** Reads `<target>; name=value; name="value", <target> …`; what does not follow the grammar is skipped. */
function readLinks(line: string): readonly Link[] {
  const link = /<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g;
  return Array.from(line.matchAll(link), ([, target = '', parameters = '']) => ({
    target: target.trim(),
    relations: readRelations(parameters),
  }));
}

/** The first `rel` counts, and text within other quoted values does not. */
function readRelations(parameters: string): readonly string[] {
  const parameter = /;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/g;
  for (const [, name = '', quoted, bare = ''] of parameters.matchAll(parameter)) {
    if (name.toLowerCase() === 'rel') return (quoted ?? bare).toLowerCase().split(/\s+/);
  }
  return [];
}
