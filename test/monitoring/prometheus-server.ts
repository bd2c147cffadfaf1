import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../support/until.ts';

/** A Prometheus of Debian on 127.0.0.1, which scrapes one target every second. */
export class PrometheusServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #base: string;
  #log = '';

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#base = `http://127.0.0.1:${port}`;
    this.#child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child.stderr?.on('data', (text: Buffer) => (this.#log += text.toString()));
  }

  /** Starts one with the given rules; to be closed by who started it. */
  static async start(target: string, rules: unknown): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-prometheus-'));
    writeFileSync(join(folder, 'rules.yaml'), stringify(rules));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [{ job_name: 'plimsoll', honor_labels: true, static_configs: [{ targets: [target] }] }],
    };
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
    const server = new PrometheusServer(folder, await freePort());
    const isReady = async () => {
      if (server.#child.exitCode !== null) throw new Error(`Prometheus ended: ${server.#log}`);
      return fetch(`${server.#base}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await until('Prometheus', isReady, 60_000).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
    return server;
  }

  /** The `data` of an answer of its API; throws where it refuses. */
  async ask(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await fetch(`${this.#base}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
    const body = (await answer.json()) as { readonly data?: unknown; readonly error?: string };
    if (!answer.ok) throw new Error(`${query['query'] ?? path}: ${body.error ?? answer.status}`);
    return body.data;
  }

  /** Ends it and takes its data away. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
