import type { Call, Operation, Reply } from './exchange.ts';

/** Which calls a fault hits; a field that is left out matches every call. */
export interface FaultMatch {
  readonly repository?: string;
  readonly operation?: Operation;
  readonly method?: string;
  /** Tag or digest. */
  readonly reference?: string;
}

/** What goes wrong. */
export type Fault =
  /** Answers this instead. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Buffer | string;
    }
  /** Changes headers of the true answer; an empty text takes a header away. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** Sends another body under the true headers. */
  | { readonly kind: 'body'; readonly body: Buffer | string }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Sends the true answer one byte at a time, that many milliseconds apart. */
  | { readonly kind: 'drip'; readonly milliseconds: number }
  /** Closes the connection without an answer. */
  | { readonly kind: 'drop' }
  /** A sign-in page, as a captive portal shows it. */
  | { readonly kind: 'html' }
  /** Names another image's digest in `Docker-Content-Digest`. */
  | { readonly kind: 'wrong-digest' }
  /** Lists ever new tags and always names a next page. */
  | { readonly kind: 'endless-pages' }
  /** Challenges with a token server somewhere else. */
  | { readonly kind: 'realm'; readonly realm: string };

/** A fault that was added. */
export interface AddedFault {
  /** How many calls it has hit so far. */
  readonly hits: number;
  /** Takes it away, with what is left of it. */
  remove(): void;
}

interface Rule {
  readonly match: FaultMatch;
  readonly fault: Fault;
  left: number;
  hits: number;
}

/** The script of what goes wrong in an embedded registry. */
export class Faults {
  #rules: Rule[] = [];

  /** Adds a fault for the next `times` matching calls, or until cleared. The oldest match wins. */
  add(match: FaultMatch, fault: Fault, times: number = Number.POSITIVE_INFINITY): AddedFault {
    const rule: Rule = { match, fault, left: times, hits: 0 };
    this.#rules.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove: () => this.#drop(rule),
    };
  }

  /** Everything works again. */
  clear(): void {
    this.#rules = [];
  }

  /** The fault that hits this call; it counts as used. */
  take(call: Call): Fault | undefined {
    const rule = this.#rules.find(({ match }) => hits(match, call));
    if (rule === undefined) return undefined;
    rule.hits++;
    rule.left--;
    if (rule.left <= 0) this.#drop(rule);
    return rule.fault;
  }

  #drop(rule: Rule): void {
    this.#rules = this.#rules.filter((other) => other !== rule);
  }
}

/** What a fault makes of the true answer; faults of delivery leave it as it is. */
export function distort(fault: Fault, call: Call, reply: Reply): Reply {
  switch (fault.kind) {
    case 'answer':
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
    case 'headers': {
      const headers = Object.entries({ ...reply.headers, ...fault.headers }).filter(
        ([, text]) => text !== '',
      );
      return { ...reply, headers: Object.fromEntries(headers) };
    }
    case 'body':
      return { ...reply, body: fault.body };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><title>Sign in</title>',
      };
    case 'wrong-digest':
      return { ...reply, headers: { ...reply.headers, 'docker-content-digest': `sha256:${'0'.repeat(64)}` } };
    case 'endless-pages':
      return endlessPage(call);
    case 'realm': {
      const challenge = `Bearer realm="${fault.realm}",service="elsewhere",scope="repository:x:pull"`;
      return { status: 401, headers: { 'www-authenticate': challenge }, body: '' };
    }
    case 'hang':
    case 'drip':
    case 'drop':
      return reply;
  }
}

function endlessPage(call: Call): Reply {
  const page = Number(call.url.searchParams.get('last') ?? '0');
  const tags = Array.from({ length: 10 }, (_, index) => `endless-${page}-${index}`);
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      link: `<${call.url.pathname}?last=${page + 1}>; rel="next"`,
    },
    body: JSON.stringify({ name: call.route.repository, tags }),
  };
}

function hits(match: FaultMatch, { method, route }: Call): boolean {
  return (
    (match.repository ?? route.repository) === route.repository &&
    (match.operation ?? route.operation) === route.operation &&
    (match.reference ?? route.reference) === route.reference &&
    (match.method ?? method) === method
  );
}
