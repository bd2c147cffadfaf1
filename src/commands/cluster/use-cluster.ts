import { isKubeError } from '../../kube/errors.ts';
import type { CommandContext } from '../command.ts';
import type { Given } from '../flags.ts';
import { type ClusterSession, openCluster } from './cluster-session.ts';
import { kubeTrouble } from './kube-trouble.ts';

/**
 * Opens the cluster that a command line names, uses it and closes it. `use` resolves with the exit code, or with one line
 * that says why it cannot be done; that line, and what a request fails with, is told under `name` and ends with 1.
 */
export async function useCluster(
  context: CommandContext,
  { name, given }: { readonly name: string; readonly given: Given },
  use: (session: ClusterSession) => Promise<number | string>,
): Promise<number> {
  const fail = (message: string) => {
    context.complain(`${name}: ${message}`);
    return 1;
  };
  const opened = openCluster(context, given);
  if (!opened.ok) return fail(opened.message);
  try {
    const ended = await use(opened);
    return typeof ended === 'string' ? fail(ended) : ended;
  } catch (error) {
    if (context.signal.aborted) return fail('interrupted');
    if (isKubeError(error)) return fail(kubeTrouble(error));
    throw error;
  } finally {
    await opened.client.close();
  }
}
