import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { runCommand } from '../../../src/commands/run.ts';
import { runFlags } from '../../../src/config.ts';
import { runCommandLine } from '../../support/command-line.ts';
import { PlimsollProcess } from '../../support/plimsoll-process.ts';
import { until } from '../../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-run-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Nobody listens at its address. */
const kubeconfig = file(
  'kubeconfig',
  `{apiVersion: v1, kind: Config, current-context: kind,
    clusters: [{name: c, cluster: {server: 'https://127.0.0.1:9/secret-path'}}],
    users: [{name: u, user: {token: hunter2}}], contexts: [{name: kind, context: {cluster: c, user: u}}]}`,
);
const registries = file(
  'registries.yaml',
  'configs: {registry.corp: {auth: {username: robot, password: hunter3}}}',
);

async function print(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCommandLine(runCommand, ['--print-config', '--kubeconfig', kubeconfig, ...args], { env });
}

test('every setting is shown once, with its value and where it comes from', async () => {
  const { code, output } = await print(['--poll-interval=1m', '--no-keel-annotations'], {
    PLIMSOLL_NAMESPACE: 'shop,blog',
  });
  assert.equal(code, 0);
  const shown = parse(output) as Record<string, unknown>;
  const flags = runFlags.map(({ name }) => name).filter((name) => name !== 'print-config');
  assert.deepEqual(
    flags.filter((name) => !Object.hasOwn(shown, name)),
    [],
  );
  assert.deepEqual(
    [shown['poll-interval'], shown['namespace'], shown['keel-annotations'], shown['leader-elect']],
    ['1m', ['shop', 'blog'], false, false],
  );
  assert.match(output, /^poll-interval: .* # flag$/m);
  assert.match(output, /^namespace: .* # environment PLIMSOLL_NAMESPACE$/m);
  assert.match(output, /^address: ":8080" {2}# default/m);
});

test('no secret is shown: neither of the cluster, nor of registries, nor of a proxy', async () => {
  const { output } = await print(['--registries', registries], {
    HTTPS_PROXY: 'http://me:hunt/er4@proxy:3128',
    http_proxy: 'me:hunter5@proxy:3128',
  });
  assert.doesNotMatch(output, /hunt|secret-path|robot/);
  assert.match(output, /^proxy-https: "http:\/\/\[redacted\]@proxy:3128"/m);
  assert.match(output, /^registry-hosts: \[registry\.corp\]/m);
});

test('a mistake is told in place of the configuration', async () => {
  const broken = file('broken.yaml', 'configs: [');
  for (const args of [['--max-rollouts=none'], ['--registries', broken], ['--no-such-flag']]) {
    const { code, output, complaints } = await print(args);
    assert.deepEqual([code, output, complaints.split('\n').length], [2, '', 1]);
  }
});

test('signals turn the details of the log on and off, and open no debugger', async () => {
  const plimsoll = new PlimsollProcess(['run', '--kubeconfig', kubeconfig, '--address=127.0.0.1:0']);
  const turned = (level: string) =>
    plimsoll.log.some((line) => line['level'] === 'warn' && line['msg'] === `the log level is now ${level}`);
  await until('the start', () => plimsoll.output.includes('starting'));
  plimsoll.kill('SIGUSR1');
  await until('the details', () => turned('debug'));
  plimsoll.kill('SIGUSR2');
  await until('the end of the details', () => turned('info'));
  plimsoll.kill('SIGTERM');
  assert.equal(await plimsoll.ended(), 0);
  assert.doesNotMatch(plimsoll.output, /Debugger/);
});
