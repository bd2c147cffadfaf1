import type { Subject } from './errors.ts';
import type { HttpAnswer } from './http-exchange.ts';

/** One read under `/v2/<path>/` of a repository. */
interface RepositoryQuery {
  readonly method: 'GET' | 'HEAD';
  /** Below the repository, with its query: `tags/list?n=100`. Made of parts that passed their grammar. */
  readonly path: string;
  readonly accept: string;
  /** Most bytes of the answer. */
  readonly limit: number;
  /** The word that metrics count it under. */
  readonly operation: string;
}

/** One undertaking on one repository, with its credentials, its signal and its words for messages. */
export interface RepositorySession {
  readonly registry: string;
  readonly subject: Subject;
  /** The address of a path below the repository. */
  urlOf(path: string): URL;
  /** Reads as whoever is let in. Fails with a RegistryError or the signal's reason. */
  read(query: RepositoryQuery): Promise<HttpAnswer>;
}
