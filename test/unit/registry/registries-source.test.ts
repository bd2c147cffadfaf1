import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { RegistriesSource } from '../../../src/registry/registries-source.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLog } from '../../support/recorders.ts';
import { until } from '../../support/until.ts';

const need = { namespace: 'shop', registry: 'r.example.com', path: 'shop/web' };
const text = (password: string) =>
  `configs: {r.example.com: {auth: {username: ann, password: "${password}"}}}`;

async function given(t: TestContext, content: string) {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-registries-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'registries.yaml');
  await writeFile(path, content);
  const clock = new FakeClock();
  const logger = new RecordingLog();
  const opened = await RegistriesSource.open(path, { clock, logger });
  return { directory, path, clock, logger, opened };
}

function sourceOf(opened: Awaited<ReturnType<typeof given>>['opened']): RegistriesSource {
  assert.ok(opened.ok);
  return opened.value;
}

function passwordIn(source: RegistriesSource): string | undefined {
  return source.present.credentialsFor(need)[0]?.password.reveal();
}

suite('the registries file while running', () => {
  test('is read again when it changes, and says so to whoever listens', async (t) => {
    const { path, clock, opened } = await given(t, text('one'));
    const source = sourceOf(opened);
    let changes = 0;
    source.onChange = () => changes++;
    const stop = new AbortController();
    const running = source.run(stop.signal);

    await writeFile(path, text('two'));
    await clock.advance(5_000);
    await until('the new password', () => passwordIn(source) === 'two');
    await source.refresh();
    assert.equal(changes, 1);

    stop.abort(new Error('done'));
    await running;
  });

  test('is read again when a file that it names changes, as a mounted Secret does', async (t) => {
    const { directory, path, opened } = await given(t, text('one'));
    await writeFile(join(directory, 'a'), 'first');
    await writeFile(join(directory, 'b'), 'second');
    await symlink('a', join(directory, 'password'));
    await writeFile(path, 'configs: {r.example.com: {auth: {username: ann, password_file: password}}}');
    const source = sourceOf(opened);
    await source.refresh();
    assert.equal(passwordIn(source), 'first');
    await symlink('b', join(directory, 'next'));
    await rename(join(directory, 'next'), join(directory, 'password'));
    await source.refresh();
    assert.equal(passwordIn(source), 'second');
  });

  test('stays in use as it was when a new version is wrong, which is told once', async (t) => {
    const { path, logger, opened } = await given(t, text('one'));
    const source = sourceOf(opened);
    await writeFile(path, 'configs: {r.example.com: {auth: {user: "s3cret"}}}');
    for (const _ of [1, 2]) await source.refresh();
    await rm(path);
    await source.refresh();
    assert.equal(passwordIn(source), 'one');
    assert.equal(logger.lines.length, 2);
    assert.match(
      logger.lines[0]?.message ?? '',
      /stays as it was: .*registries\.yaml:1:\d+: auth has no key "user"/,
    );
    assert.match(logger.lines[1]?.message ?? '', /ENOENT/);
  });

  test('keeps the settings of hosts the same object while nothing changes, so that connections are kept', async (t) => {
    const { opened } = await given(t, text('one'));
    const source = sourceOf(opened);
    const before = source.present.hosts['r.example.com'];
    await source.refresh();
    assert.equal(source.present.hosts['r.example.com'], before);
  });

  test('is refused at the start when it is wrong, with file and position', async (t) => {
    const { path, opened } = await given(t, 'nonsense: true');
    assert.ok(!opened.ok);
    assert.ok(opened.problem.message.startsWith(`${path}:1:1: the file has no key "nonsense"`));
  });

  test('warns of hosts whose certificates are not checked, whenever it is read', async (t) => {
    const insecure =
      'configs: {r.example.com: {tls: {insecure_skip_verify: true}}, s.example.com: {rate: 1}}';
    const { path, logger, opened } = await given(t, insecure);
    const warnings = () => logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    assert.deepEqual(warnings(), [
      'certificates are not checked for r.example.com: insecure_skip_verify is set',
    ]);
    await writeFile(path, 'configs: {s.example.com: {rate: 1}}');
    await sourceOf(opened).refresh();
    assert.equal(warnings().length, 1);
  });

  test('names the file that it cannot read', async (t) => {
    const { opened } = await given(t, 'configs: {r.example.com: {tls: {ca_file: missing.pem}}}');
    assert.ok(!opened.ok);
    assert.match(opened.problem.message, /r\.example\.com: .*missing\.pem cannot be read \(ENOENT\)/);
  });
});
