import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { at, listAt, textAt } from '../../src/model/json.ts';
import { version } from '../../src/version.ts';
import { Checkout, nodeRegistry } from '../support/checkout.ts';
import { ownClusterOnly, required, root } from '../support/installation.ts';
import { undoing } from '../support/undoing.ts';

const source = 'https://git.example/acme/plimsoll';

/** The steps of the workflow `release`, in its order, each on what the one before it left. */
suite('a release made on this machine', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let checkout: Checkout;

  before(() => {
    checkout = new Checkout();
    defer(() => checkout.remove());
    // Signing needs an identity that only the workflow has.
    checkout.install('cosign', `echo "$@" >>'${join(checkout.folder, 'signed')}'`);
    Object.assign(checkout.environment, {
      RELEASE_OUT: join(checkout.folder, 'out'),
      VERSION: version,
      IMAGE: `${nodeRegistry}/released`,
      CHARTS: `oci://${nodeRegistry}/charts`,
      SOURCE: source,
    });
  });

  test('runs the steps that the workflow names', () => {
    const workflow: unknown = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
    const runs = listAt(workflow, 'jobs', 'release', 'steps').map((step) => textAt(step, 'run') ?? '');
    assert.deepEqual(
      runs.filter((run) => /^scripts\/release\/\w+\.sh$/.test(run)).map((run) => run.slice(16, -3)),
      ['image', 'sbom', 'manifests', 'chart', 'sign'],
    );
  });

  test('pushes one image for both architectures', async () => {
    await step('image');
    const accept = 'application/vnd.oci.image.index.v1+json';
    const url = `http://${required('PLIMSOLL_TEST_REGISTRY')}/v2/released/manifests/${version}`;
    const answer = await fetch(url, { headers: { accept } });
    const platforms = listAt(await answer.json(), 'manifests').map((each) => at(each, 'platform'));
    assert.deepEqual(platforms.map((each) => textAt(each, 'architecture') ?? '').toSorted(), [
      'amd64',
      'arm64',
    ]);
    assert.equal(answer.headers.get('docker-content-digest'), left('image-digest').trim());
  });

  test('has a bill of materials in two formats, with what is bundled and nothing else', async () => {
    await step('sbom');
    const names = listAt(JSON.parse(left('plimsoll.cdx.json')), 'components').map((each) =>
      textAt(each, 'name'),
    );
    assert.ok(names.includes('undici'));
    assert.ok(!names.includes('typescript'));
    assert.match(left('plimsoll.spdx.json'), /"spdxVersion"/);
  });

  test('has manifests that name the image by its digest', async () => {
    await step('manifests');
    const reference = `${nodeRegistry}/released:${version}@${left('image-digest').trim()}`;
    for (const name of ['base', 'ha', 'read-only'])
      assert.ok(left(`plimsoll-${name}.yaml`).includes(`image: ${reference}\n`), name);
    assert.match(left('plimsoll-crds.yaml'), /name: trackedimages\.plimsoll\.dev/);
  });

  test('has a chart that can be pulled, whose runbooks are those of the release', async () => {
    await step('chart');
    const pull = `helm pull oci://${nodeRegistry}/charts/plimsoll --version ${version}`;
    const said = await checkout.run(`${pull}
      helm template plimsoll plimsoll-${version}.tgz --set monitoring.alerts.enabled=true`);
    const page = `${source}/blob/v${version}/docs/reference/alerts.md`;
    assert.ok(said.includes(`runbook_url: ${page}#plimsolldown\n`));
  });

  test('is signed as a whole: the image by its digest, and the checksums of all files', async () => {
    await step('sign');
    const digest = left('image-digest').trim();
    const signed = readFileSync(join(checkout.folder, 'signed'), 'utf8').trim().split('\n');
    assert.deepEqual(
      signed.map((line) => line.split(' ')[0]),
      ['sign', 'attest', 'sign-blob'],
    );
    for (const line of signed.slice(0, 2)) assert.ok(line.endsWith(`/released@${digest}`), line);
    const checked = await checkout.run('cd out && sha256sum --check --strict SHA256SUMS');
    for (const file of ['plimsoll-base.yaml', `plimsoll-${version}.tgz`, 'plimsoll.cdx.json'])
      assert.ok(checked.includes(`${file}: OK`), file);
  });

  test('has notes', async () => {
    const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
    const name = changes.includes(`## ${version} `) ? version : 'Unreleased';
    const said = await checkout.run(`node '${join(root, 'scripts/release/notes.ts')}' ${name}`);
    assert.ok(said.trim().length > 100);
  });

  async function step(name: string): Promise<void> {
    await checkout.run(`'${join(root, 'scripts/release', `${name}.sh`)}'`);
  }

  function left(name: string): string {
    const path = join(checkout.folder, 'out', name);
    assert.ok(existsSync(path), `no ${name}`);
    return readFileSync(path, 'utf8');
  }
});
