import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { required, root } from './installation.ts';

/** The chart in this repository. */
export const chart = join(root, 'manifests', 'chart');

/** Runs Helm as the administrator, and resolves with what it prints. Rejects with what it complains of. */
export async function helm(...args: readonly string[]): Promise<string> {
  const kubeconfig = process.env['PLIMSOLL_TEST_KUBECONFIG'];
  const own = kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`];
  return (await promisify(execFile)(required('PLIMSOLL_TEST_HELM'), [...args, ...own])).stdout;
}
