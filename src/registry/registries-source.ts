import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock, Logger } from '../model/ports.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { buildRegistries, noRegistries, type Registries } from './registries.ts';
import { parseRegistriesFile, type RegistriesFile } from './registries-file.ts';

/** What reading again takes. */
interface Options {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

const largestFile = 1024 * 1024;
/** Milliseconds between two looks at the files. */
const interval = 5_000;

/** Texts of files by path, and the registries that they make. */
interface Loaded {
  readonly texts: ReadonlyMap<string, string>;
  readonly registries: Registries;
}

/**
 * The registries file and the files that it names (passwords, certificates), read again when any of them changes.
 * Kubernetes replaces mounted files by links, so contents are compared and not times. A version that cannot be used is
 * told once, and what was read before stays in use.
 */
export class RegistriesSource {
  readonly #path: string;
  readonly #options: Options;
  #loaded: Loaded;
  #told: string | undefined;
  /** Told when something else is said than before; set by the composition. */
  onChange: () => void = () => undefined;

  private constructor(path: string, loaded: Loaded, options: Options) {
    this.#path = path;
    this.#loaded = loaded;
    this.#options = options;
  }

  /** Reads the file for the first time; a problem says file, line and column, and nothing of the content. */
  static async open(path: string, options: Options): Promise<Result<RegistriesSource>> {
    const loaded = await load(path);
    if (!loaded.ok) return loaded;
    const source = new RegistriesSource(path, loaded.value, options);
    source.#warnOfRisks();
    return ok(source);
  }

  /** What the files say at present. */
  get present(): Registries {
    return this.#loaded.registries;
  }

  /** Looks at the files every few seconds until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(interval, signal).catch(() => undefined);
      if (!signal.aborted) await this.refresh();
    }
  }

  /** Looks at the files now. */
  async refresh(): Promise<void> {
    const { logger } = this.#options;
    const loaded = await load(this.#path);
    if (!loaded.ok) {
      const { message } = loaded.problem;
      if (message !== this.#told) logger.warn({}, `the registries file stays as it was: ${message}`);
      this.#told = message;
      return;
    }
    this.#told = undefined;
    if (sameTexts(loaded.value.texts, this.#loaded.texts)) return;
    this.#loaded = loaded.value;
    logger.info({ file: this.#path }, 'the registries file was read again');
    this.#warnOfRisks();
    this.onChange();
  }

  #warnOfRisks(): void {
    const hosts = Object.entries(this.present.hosts).filter(([, settings]) => settings.insecureSkipVerify);
    if (hosts.length === 0) return;
    const names = hosts.map(([host]) => host).join(', ');
    this.#options.logger.warn({}, `certificates are not checked for ${names}: insecure_skip_verify is set`);
  }
}

/** A source that never has anything, for a controller without a registries file. */
export const emptySource: { readonly present: Registries } = { present: noRegistries };

async function load(path: string): Promise<Result<Loaded>> {
  const texts = new Map<string, string>();
  const fetch = async (file: string): Promise<Result<string>> => {
    const text = await readText(file);
    if (text.ok) texts.set(file, text.value);
    return text;
  };
  const text = await fetch(path);
  if (!text.ok) return text;
  const parsed = parseRegistriesFile(text.value, path);
  if (!parsed.ok) return parsed;

  const absolute = (file: string) => resolve(dirname(path), file);
  const read = new Map<string, Result<string>>();
  for (const file of filesOf(parsed.value)) read.set(file, await fetch(absolute(file)));
  const missing = problem('SecretUnreadable', 'a file was not read');
  const built = buildRegistries(parsed.value, (file) => read.get(file) ?? missing);
  if (!built.ok) return problem(built.problem.reason, `${path}: ${built.problem.message}`);
  return ok({ texts, registries: built.value });
}

/** The files that a registries file names; a relative path is one beside it. */
function filesOf({ configs }: RegistriesFile): ReadonlySet<string> {
  const files = [...configs.values()].flatMap(({ passwordFile, caFile, certFile, keyFile }) => [
    passwordFile,
    caFile,
    certFile,
    keyFile,
  ]);
  return new Set(files.filter((file) => file !== undefined));
}

async function readText(path: string): Promise<Result<string>> {
  try {
    const content = await readFile(path);
    if (content.length > largestFile) return problem('SecretUnreadable', `${path} is larger than 1 MiB`);
    return ok(content.toString('utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return problem('SecretUnreadable', `${path} cannot be read (${code})`);
  }
}

function sameTexts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}
