import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { readDocument, section } from '../docs/markdown.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { Checkout } from '../support/checkout.ts';
import { eventually, kubectl, ownClusterOnly, required } from '../support/installation.ts';
import { pushImage } from '../support/push-image.ts';
import { undoing } from '../support/undoing.ts';

const page = 'docs/start.md';
const tags = ['1.27.0-alpine', '1.27.5-alpine', '1.27.5', '1.28.0-alpine'];

/** The way of a newcomer: each test runs the commands of one step, and goes on where the one before it stopped. */
suite('the five-minute start', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let checkout: Checkout;

  before(async () => {
    checkout = new Checkout();
    defer(() => checkout.remove());
    defer(() => kubectl('delete', 'deployment', 'web', '--ignore-not-found'));
    const registry = required('PLIMSOLL_TEST_REGISTRY');
    for (const tag of tags) {
      const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'), { '/content': tag })];
      const config = { Cmd: ['/bin/stay'] };
      await pushImage({ registry, repository: 'library/nginx', tag, layers, config });
    }
    // The nodes have Docker Hub from a mirror, so the controller has to as well.
    const mirrors = { 'docker.io': { endpoint: [`http://${registry}`] } };
    checkout.write('registries.yaml', JSON.stringify({ mirrors }));
    checkout.environment['PLIMSOLL_REGISTRIES'] = join(checkout.folder, 'registries.yaml');
  });

  test('installs the resource', async () => {
    const said = await checkout.paste(page, '1. Install the resource');
    assert.match(said, /trackedimages\.plimsoll\.dev (?:created|configured|unchanged)/);
  });

  test('deploys something old, which opts in', async () => {
    const said = await checkout.paste(page, '2. Deploy something old, and opt in');
    assert.match(said, /deployment "web" successfully rolled out/);
  });

  test('is told of what is newer, and nothing is changed', async () => {
    const said = await checkout.paste(page, '3. Let it look');
    assertShows(said, '3. Let it look');
    assert.equal(await image(), 'nginx:1.27.0-alpine');
  });

  test('has it applied, and its history says why', async () => {
    const said = await checkout.paste(page, '4. Let it work');
    assert.equal(await image(), 'nginx:1.27.5-alpine');
    assertShows(said, '4. Let it work');
    assert.match(said, /Normal +UpdateApplied .*nginx:1\.27\.0-alpine -> nginx:1\.27\.5-alpine/);
    assert.match(said, /Normal +RolloutVerified /);
    const running = 'jsonpath={.items[*].spec.containers[0].image}';
    await eventually(
      'nothing else to run',
      async () => (await kubectl('get', 'pods', '-l', 'app=web', '-o', running)) === 'nginx:1.27.5-alpine',
    );
  });

  test('leaves nothing behind', async () => {
    await checkout.paste(page, '5. Clean up');
    assert.doesNotMatch(await kubectl('get', 'crds', '-o', 'name'), /plimsoll/);
    assert.equal(await kubectl('get', 'deployment', 'web', '--ignore-not-found'), '');
  });

  async function image(): Promise<string> {
    const path = 'jsonpath={.spec.template.spec.containers[0].image}';
    return kubectl('get', 'deployment', 'web', '-o', path);
  }
});

/** Every line that the page shows under a heading is one that was said, whatever stands between its words and behind them. */
function assertShows(said: string, heading: string): void {
  const words = (text: string) => text.trim().split(/\s+/).join(' ');
  const shown = /```text\n([\s\S]*?)```/.exec(section(readDocument(page), `## ${heading}`))?.[1] ?? '';
  const lines = said.split('\n').map(words);
  assert.ok(shown.length > 0);
  for (const line of shown.trim().split('\n'))
    assert.ok(
      lines.some((each) => each.startsWith(words(line))),
      `${line}\nis not in\n${said}`,
    );
}
