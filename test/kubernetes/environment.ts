import { searchPath } from './prerequisites.ts';

/**
 * The environment of every component: a path and a home, and nothing of the caller's.
 *
 * Proxies, CA bundles and REGISTRY_*, CONTAINERD_* or ETCD_* variables of the machine would change what the components do.
 */
export function componentEnvironment(home: string): Record<string, string> {
  return { PATH: searchPath, HOME: home };
}

/** Names that lead a program out of the test cluster: to a proxy, to other certificates, to another cluster, to another test runner. */
const misleading =
  /^(((https?|all|no|ftp)_proxy)|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|NODE_TEST_CONTEXT|SSL_CERT_(FILE|DIR)|\w+_CA_BUNDLE|KUBECONFIG|KUBERNETES_(SERVICE|PORT)\w*)$/i;

/** The environment inside the namespaces, of the runner and of the tests: the caller's without what leads out of them. */
export function insideEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !misleading.test(name)));
}
