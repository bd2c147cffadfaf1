import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How a registry admits its clients: see "auth" of distribution's configuration. */
export type RegistryAuth =
  | { readonly htpasswd: { readonly realm: string; readonly path: string } }
  | {
      readonly token: {
        readonly realm: string;
        readonly service: string;
        readonly issuer: string;
        readonly rootcertbundle: string;
      };
    };

/** What a registry is started with. */
export interface DockerRegistryOptions {
  /** Key and certificate in PEM: speak https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Built from the directory of the registry, in which it may write files. */
  readonly auth?: (write: (name: string, text: string) => string) => RegistryAuth;
  /** The registry whose content is served too. */
  readonly sameContentAs?: DockerRegistry;
}

/**
 * Debian's docker-registry on a free port of loopback, with a directory of its own. Whoever starts it ends it; its
 * content goes with the registry that was started first.
 */
export class DockerRegistry {
  readonly host: string;
  readonly url: string;
  readonly #content: string;
  readonly #directory: string;
  readonly #file: string;
  readonly #write: (name: string, text: string) => string;
  #child: ChildProcess | undefined;

  private constructor(port: number, { tls, auth, sameContentAs }: DockerRegistryOptions) {
    this.host = `127.0.0.1:${port}`;
    this.url = `${tls ? 'https' : 'http'}://${this.host}`;
    this.#directory = mkdtempSync(join(tmpdir(), 'plimsoll-registry-'));
    this.#content = sameContentAs?.content ?? join(this.#directory, 'content');
    mkdirSync(this.#content, { recursive: true });
    const write = (name: string, text: string) => {
      const path = join(this.#directory, name);
      writeFileSync(path, text);
      return path;
    };
    this.#write = write;
    const configuration = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: this.#content },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: {
        addr: this.host,
        secret: 'of a test',
        ...(tls && { tls: { certificate: write('tls.crt', tls.cert), key: write('tls.key', tls.key) } }),
      },
      ...(auth && { auth: auth(write) }),
    };
    this.#file = write('registry.json', JSON.stringify(configuration));
  }

  /** Starts a registry and waits until it listens. */
  static async start(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
    const registry = new DockerRegistry(await freePort(), options);
    await registry.resume();
    return registry;
  }

  /** Where its images are kept. */
  get content(): string {
    return this.#content;
  }

  /** Starts the process again on the same port. */
  async resume(): Promise<void> {
    const child = spawn('docker-registry', ['serve', this.#file], {
      cwd: this.#directory,
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/bin` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4_000);
    });
    this.#child = child;
    for (let attempt = 0; attempt < 200; attempt++) {
      if (child.exitCode !== null) throw new Error(`docker-registry ended at once: ${said}`);
      // Whatever it answers, it listens: https is told by an error other than a refused connection.
      const isUp = await fetch(`http://${this.host}/v2/`).then(
        () => true,
        (error: unknown) => !JSON.stringify(causeOf(error)).includes('ECONNREFUSED'),
      );
      if (isUp) return;
      await setTimeout(50);
    }
    throw new Error(`docker-registry does not listen on ${this.host}: ${said}`);
  }

  /** Serves under another certificate from now on, which it reads when it starts. */
  async renew({ key, cert }: { readonly key: string; readonly cert: string }): Promise<void> {
    await this.kill();
    this.#write('tls.crt', cert);
    this.#write('tls.key', key);
    await this.resume();
  }

  /** Ends the process, at once as a node that dies would; its content stays. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Ends the process and removes its directory. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true });
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}
