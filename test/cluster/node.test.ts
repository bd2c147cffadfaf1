import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { busyboxLayer } from '../support/busybox.ts';
import { hostPlatform, pushImage, pushIndex } from '../support/push-image.ts';

/** What `test/kubernetes/run.ts` says about its cluster; this file runs nowhere else. */
const required = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm run test:cluster`);
  return value;
};

describe('the test cluster', { timeout: 300_000 }, () => {
  const registry = required('PLIMSOLL_TEST_REGISTRY');
  const namespace = `node-test-${process.pid}`;
  const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'), { '/name': namespace })];
  const config = { Cmd: ['/bin/stay'] };
  const ownClusterOnly = process.env['PLIMSOLL_TEST_AUDIT_LOG']
    ? {}
    : { skip: 'only in the cluster of run.ts' };

  before(async () => {
    await kubectl('create', 'namespace', namespace);
    await kubectl('wait', '--for=create', 'serviceaccount/default', '--timeout=60s');
  });
  // Not waited for: the namespace controller sleeps half the pods' grace period before it looks again.
  after(() => kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false'));

  it('runs a Deployment from an image of the registry and names the digest that was pushed', async () => {
    const repository = `${namespace}/single`;
    const image = await pushImage({ registry, repository, tag: '1.0.0', layers, config });

    await kubectl('create', 'deployment', 'single', `--image=${registry}/${repository}:1.0.0`);
    await kubectl('rollout', 'status', 'deployment/single', '--timeout=60s');

    assert.deepEqual(await statusOf('single'), ['Running', `${registry}/${repository}@${image.digest}`]);
  });

  it('names the digest of the index when the tag is of a multi-architecture image', async () => {
    const repository = `${namespace}/multiple`;
    // Content of its own: a node names known content by any reference it has seen for it.
    const child = await pushImage({ registry, repository, layers, config: { ...config, Env: ['OF=index'] } });
    const manifests = [{ ...child, platform: hostPlatform() }];
    const index = await pushIndex({ registry, repository, tag: '1.0.0', manifests });

    await kubectl('create', 'deployment', 'multiple', `--image=${registry}/${repository}:1.0.0`);
    await kubectl('rollout', 'status', 'deployment/multiple', '--timeout=60s');

    assert.deepEqual(await statusOf('multiple'), ['Running', `${registry}/${repository}@${index.digest}`]);
  });

  it('lets a pod reach the API server by its in-cluster configuration', ownClusterOnly, async () => {
    const repository = `${namespace}/client`;
    await pushImage({ registry, repository, tag: '1', layers, config });
    const mount = { name: 'kubectl', mountPath: '/bin/kubectl' };
    const command = ['/bin/kubectl', 'auth', 'whoami', '--output=jsonpath={.status.userInfo.username}'];
    const container = {
      name: 'client',
      image: `${registry}/${repository}:1`,
      command,
      volumeMounts: [mount],
    };
    const hostPath = { path: realpathSync(required('PLIMSOLL_TEST_KUBECTL')), type: 'File' };
    const spec = {
      containers: [container],
      volumes: [{ name: 'kubectl', hostPath }],
      restartPolicy: 'Never',
    };

    await kubectl('run', 'client', '--image=overridden', `--overrides=${JSON.stringify({ spec })}`);
    await kubectl('wait', 'pod/client', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s');

    assert.equal(await kubectl('logs', 'client'), `system:serviceaccount:${namespace}:default`);
  });

  it('writes every request with its user into the audit log', ownClusterOnly, async () => {
    const log = await readFile(required('PLIMSOLL_TEST_AUDIT_LOG'), 'utf8');
    const entry = log
      .split('\n')
      .find((line) => line.includes(`"requestURI":"/apis/apps/v1/namespaces/${namespace}/deployments`));

    assert.ok(entry, 'the creation of a Deployment is not in the audit log');
    assert.match(entry, /"verb":"create","user":\{"username":"admin"/);
  });

  const kubectl = async (...args: string[]): Promise<string> => {
    const kubeconfig = `--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`;
    const own = [kubeconfig, `--namespace=${namespace}`, ...args];
    return (await promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), own)).stdout;
  };

  const statusOf = async (app: string): Promise<string[]> => {
    const path = '{.items[0].status.phase} {.items[0].status.containerStatuses[0].imageID}';
    return (await kubectl('get', 'pods', `--selector=app=${app}`, `--output=jsonpath=${path}`)).split(' ');
  };
});
