import { textAt } from '../../src/model/json.ts';

/**
 * Calls etcd's JSON gateway; rejects where etcd does not answer with 200.
 * @see https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
 */
export async function callEtcd(
  url: string,
  call: { readonly path: string; readonly body: object },
  signal?: AbortSignal,
): Promise<Response> {
  const answer = await fetch(`${url}/v3/${call.path}`, {
    method: 'POST',
    body: JSON.stringify(call.body),
    ...(signal ? { signal } : {}),
  });
  if (answer.status !== 200) throw new Error(`etcd answers ${answer.status} to ${call.path}`);
  return answer;
}

/** Has etcd forget everything but the present. */
export async function compactEtcd(url: string): Promise<void> {
  const status: unknown = await (await callEtcd(url, { path: 'maintenance/status', body: {} })).json();
  await callEtcd(url, { path: 'kv/compaction', body: { revision: textAt(status, 'header', 'revision') } });
}
