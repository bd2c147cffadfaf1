const capacity = 10_000;

/** One request as an audit log would have it. */
export interface LoggedRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`. */
  readonly verb: string;
  /** The path without its query. */
  readonly path: string;
  readonly query: string;
  readonly userAgent: string;
  readonly status: number;
}

/** The last ten thousand requests, oldest first. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length >= 2 * capacity) this.#requests = this.#requests.slice(-capacity);
  }

  /** A copy that later requests do not change. */
  entries(): readonly LoggedRequest[] {
    return this.#requests.slice(-capacity);
  }
}

/** The verb of a request as the audit log and RBAC name it. */
export function verbOf(method: string, ofCollection: boolean, watching: boolean): string {
  switch (method) {
    case 'GET':
      return watching ? 'watch' : ofCollection ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return ofCollection ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}
