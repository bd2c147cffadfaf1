import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { required, root } from './installation.ts';
import { dockerScript, helmScript, npmScript } from './played-tools.ts';

/** Where the nodes of the test cluster pull from, and its pods reach a registry, over plain HTTP. */
export const nodeRegistry = `${process.env['PLIMSOLL_TEST_NODE_ADDRESS'] ?? ''}:5000`;

/** The content of a registries file by which a pod reaches that registry. */
export const registriesFile = { mirrors: { [nodeRegistry]: { endpoint: [`http://${nodeRegistry}`] } } };

/**
 * A copy of what people install from, in which the commands of the documentation can be run as they stand. `docker` is
 * played by buildah on the image that the runner has built, where it was asked for one; `npm` runs the sources of this
 * repository, for which everything is installed; `REGISTRY` is the one of the test cluster, or a path in it.
 */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'plimsoll-checkout-'));
  /** Variables that the commands see beside those of the tests. */
  readonly environment: Record<string, string> = {};
  readonly #registry: string;

  /** @param registry what `REGISTRY` stands for; a node never looks twice what a tag means that it has pulled once */
  constructor(registry = nodeRegistry) {
    this.#registry = registry;
    // With the files that links lead to, so that nothing written here reaches the repository; `cpSync` keeps some links.
    execFileSync('cp', ['-RL', join(root, 'manifests'), join(root, 'crds'), this.folder]);
    const image = process.env['PLIMSOLL_TEST_IMAGE'];
    if (image !== undefined) this.install('docker', dockerScript(image));
    this.install('npm', npmScript);
    this.install('helm', helmScript(required('PLIMSOLL_TEST_HELM')));
    this.install('kubectl', `exec ${required('PLIMSOLL_TEST_KUBECTL')} "$@"`);
  }

  /**
   * Runs the block of shell commands that stands under a heading of a page.
   * @param page below the root of the repository
   * @param about a word of the block, where there are several; else it is the first
   */
  async paste(page: string, heading: string, about = ''): Promise<string> {
    const [, section] = readFileSync(join(root, page), 'utf8').split(`\n## ${heading}\n`);
    const blocks = section?.split('\n## ')[0]?.matchAll(/```console\n([\s\S]*?)```/g) ?? [];
    const block = [...blocks].map(([, commands]) => commands).find((commands) => commands?.includes(about));
    if (block === undefined) throw new Error(`${page} has no commands under ${JSON.stringify(heading)}`);
    return this.run(block);
  }

  /** Runs shell commands in the folder, as one who has the documentation would; the first that fails ends them. */
  async run(commands: string): Promise<string> {
    const env = {
      ...process.env,
      ...this.environment,
      PATH: [join(this.folder, 'bin'), process.env['PATH']].join(delimiter),
      KUBECONFIG: required('PLIMSOLL_TEST_KUBECONFIG'),
    };
    const script = commands.replaceAll('REGISTRY', this.#registry);
    const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: this.folder, env });
    return stdout;
  }

  /** Writes a file in the folder. */
  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Puts a command into the folder that the commands are looked for in first. */
  install(name: string, script: string): void {
    this.write(join('bin', name), `#!/bin/sh\nset -eu\n${script}\n`);
    chmodSync(join(this.folder, 'bin', name), 0o755);
  }
}
