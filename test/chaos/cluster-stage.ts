import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, textAt } from '../../src/model/json.ts';
import { connectTo } from '../behaviour/connection.ts';
import { compactEtcd } from '../support/etcd.ts';
import { copyKubeconfig } from '../support/kubeconfig-file.ts';
import { startOwnCluster } from '../support/own-cluster.ts';
import { followEtcd } from './etcd-watch.ts';
import { pace, type Stage } from './stage.ts';

/** What etcd holds is read beside the API server, which writes protobuf otherwise. */
const readable = '--storage-media-type=application/json';
const namespace = 'plimsoll-system';
const manifests = join(import.meta.dirname, '..', '..', 'manifests', 'base');

/**
 * Opens a stage with an etcd, an API server and a controller manager of its own, in which the shipped roles and the admission
 * policy hold for the controllers. Only within `node test/kubernetes/run.ts --no-node --exec`.
 */
export async function openClusterStage(): Promise<Stage> {
  const cluster = await startOwnCluster({ apiServerFlags: [readable], pace });
  const { controlPlane, images, kubeconfig } = cluster;
  const account = await makeAccount(kubeconfig);
  return {
    kubeconfig,
    connection: connectTo(kubeconfig),
    account: connectTo(account.kubeconfig),
    registry: images,
    async restart(away) {
      await controlPlane.apiServer.kill();
      await setTimeout(away);
      await controlPlane.apiServer.start(readable);
    },
    compact: () => compactEtcd(controlPlane.etcdUrl),
    follow: (tell, signal) => followEtcd(controlPlane.etcdUrl, tell, signal),
    async close() {
      account.remove();
      await cluster.close();
    },
  };
}

/** The service account of the shipped manifests with all that they install but the Deployment, and a kubeconfig with its token. */
async function makeAccount(administrator: string): Promise<{ readonly kubeconfig: string; remove(): void }> {
  const kubectl = async (args: readonly string[], input = ''): Promise<string> => {
    const program = process.env['PLIMSOLL_TEST_KUBECTL'] ?? 'kubectl';
    const running = promisify(execFile)(program, [`--kubeconfig=${administrator}`, ...args]);
    running.child.stdin?.end(input);
    return (await running).stdout;
  };
  const base = parseAllDocuments(await kubectl(['kustomize', manifests]));
  const items = base.map((document) => document.toJS() as unknown).filter((object) => !isDeployment(object));
  await kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const token = await kubectl(['create', 'token', 'plimsoll', `--namespace=${namespace}`, '--duration=12h']);
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-chaos-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const copy = copyKubeconfig(administrator, { namespace, tokenFile });
  return {
    kubeconfig: copy.file,
    remove() {
      copy.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

function isDeployment(object: unknown): boolean {
  return isJsonObject(object) && textAt(object, 'kind') === 'Deployment';
}
