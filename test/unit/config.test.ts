import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  environmentName,
  readProxySettings,
  readRunConfig,
  type RunConfig,
  runFlags,
} from '../../src/config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function read(args: readonly string[], env: Environment = {}): RunConfig {
  const configured = readRunConfig(args, env);
  assert.ok(configured.ok, configured.ok ? '' : configured.message);
  return configured.config;
}

function refusal(args: readonly string[], env: Environment = {}): string {
  const configured = readRunConfig(args, env);
  assert.ok(!configured.ok);
  assert.doesNotMatch(configured.message, /\n/);
  return configured.message;
}

test('without any flag everything has its default', () => {
  const { pollInterval, maxRollouts, address, logLevel, namespaces, keelAnnotations } = read([]);
  assert.deepEqual(
    [pollInterval, maxRollouts, address, logLevel, namespaces, keelAnnotations],
    [300_000, 10, ':8080', 'info', [], true],
  );
  const { leaderElect, logFormat, readOnly, once, kubeconfig } = read([]);
  assert.deepEqual(
    [leaderElect, logFormat, readOnly, once, kubeconfig],
    [undefined, undefined, false, false, undefined],
  );
});

test('every flag has an environment twin', () => {
  assert.equal(environmentName('poll-interval'), 'PLIMSOLL_POLL_INTERVAL');
  const env = {
    PLIMSOLL_KUBECONFIG: '/k',
    PLIMSOLL_CONTEXT: 'c',
    PLIMSOLL_NAMESPACE: 'a,b',
    PLIMSOLL_POLL_INTERVAL: '90s',
    PLIMSOLL_LEADER_ELECT: 'false',
    PLIMSOLL_ADDRESS: '127.0.0.1:0',
    PLIMSOLL_LOG_LEVEL: 'debug',
    PLIMSOLL_LOG_FORMAT: 'json',
    PLIMSOLL_MAX_ROLLOUTS: '3',
    PLIMSOLL_KEEL_ANNOTATIONS: 'false',
    PLIMSOLL_READ_ONLY: 'true',
    PLIMSOLL_ONCE: 'true',
  };
  const config = read([], env);
  assert.deepEqual([config.kubeconfig, config.context, config.namespaces], ['/k', 'c', ['a', 'b']]);
  assert.deepEqual([config.pollInterval, config.maxRollouts, config.address], [90_000, 3, '127.0.0.1:0']);
  assert.deepEqual([config.logLevel, config.logFormat], ['debug', 'json']);
  const { leaderElect, keelAnnotations, readOnly, once } = config;
  assert.deepEqual([leaderElect, keelAnnotations, readOnly, once], [false, false, true, true]);
});

test('a flag is stronger than its twin, and an empty twin is none', () => {
  assert.equal(read(['--poll-interval', '2m'], { PLIMSOLL_POLL_INTERVAL: '9m' }).pollInterval, 120_000);
  assert.equal(read([], { PLIMSOLL_POLL_INTERVAL: '' }).pollInterval, 300_000);
});

test('a switch is told in three ways, and the last one counts', () => {
  assert.equal(read(['--leader-elect']).leaderElect, true);
  assert.equal(read(['--leader-elect=false']).leaderElect, false);
  assert.equal(read(['--no-leader-elect']).leaderElect, false);
  assert.equal(read(['--leader-elect', '--leader-elect=false']).leaderElect, false);
});

test('a namespace may be given several times, and counts once', () => {
  assert.deepEqual(read(['--namespace', 'a', '--namespace=b', '--namespace', 'a']).namespaces, ['a', 'b']);
});

test('a namespace may be left out of all, not out of some', () => {
  const { namespaces, excludedNamespaces } = read([], { PLIMSOLL_EXCLUDE_NAMESPACE: 'kube-system,infra' });
  assert.deepEqual([namespaces, excludedNamespaces], [[], ['kube-system', 'infra']]);
  assert.match(refusal(['--namespace=a', '--exclude-namespace=b']), /cannot go with --namespace/);
});

for (const [args, said] of [
  [['--poll-intervall=5m'], /--poll-intervall/],
  [['something'], /something/],
  [['--poll-interval=5'], /--poll-interval \(PLIMSOLL_POLL_INTERVAL\) must be a duration/],
  [['--poll-interval=500ms'], /at least 1s/],
  [['--poll-interval'], /poll-interval/],
  [['--max-rollouts=0'], /whole number from 1/],
  [['--max-rollouts=1.5'], /whole number from 1/],
  [['--max-rollouts=1e3'], /whole number from 1/],
  [['--max-rollouts='], /whole number from 1/],
  [['--address=8080'], /an address such as :8080/],
  [['--address=:70000'], /an address such as :8080/],
  [['--log-level=loud'], /must be one of debug/],
  [['--log-format=xml'], /json or pretty/],
  [['--namespace=Not_One'], /is not a namespace name/],
  [['--once=maybe'], /once/],
] as const) {
  test(`${args.join(' ')} is refused in one line`, () => assert.match(refusal(args), said));
}

test('a wrong twin is refused by its own name', () => {
  assert.match(refusal([], { PLIMSOLL_ONCE: 'yes' }), /PLIMSOLL_ONCE\) must be true or false/);
});

test('every flag says what it is for, in one line', () => {
  for (const { name, help, default: standard } of runFlags) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.doesNotMatch(help, /\n/);
    assert.notEqual(standard, '');
  }
});

test('proxies are read in lower case before upper case, and HTTP_PROXY not where a request could have set it', () => {
  const env = { HTTP_PROXY: 'http://a', https_proxy: 'http://b', HTTPS_PROXY: 'http://c', NO_PROXY: '.svc' };
  assert.deepEqual(readProxySettings(env), { http: 'http://a', https: 'http://b', no: '.svc' });
  assert.equal(readProxySettings({ ...env, REQUEST_METHOD: 'GET' }).http, undefined);
  assert.deepEqual(readProxySettings({}), { http: undefined, https: undefined, no: undefined });
});

test('the registries file is a flag with a twin', () => {
  assert.equal(read([]).registries, undefined);
  assert.equal(read(['--registries=a.yaml'], { PLIMSOLL_REGISTRIES: 'b.yaml' }).registries, 'a.yaml');
  assert.equal(read([], { PLIMSOLL_REGISTRIES: 'b.yaml' }).registries, 'b.yaml');
});
