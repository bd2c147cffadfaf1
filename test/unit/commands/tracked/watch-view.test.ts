import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AppendedWatch, DrawnWatch } from '../../../../src/commands/tracked/watch-view.ts';
import { at, textAt } from '../../../../src/model/json.ts';
import type { TrackedImage } from '../../../../src/model/tracked-image.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { trackedImage } from '../handle/tracked-object.ts';

/** The TrackedImage of a container by its uid, with what its status says. */
const image = (uid: string, status: Readonly<Record<string, unknown>> = {}): TrackedImage => ({
  ...trackedImage({}, status),
  uid,
});
const held = { state: 'Held', reason: 'OutsideWindow', message: 'waits for its window' };

suite('a watch into a pipe', () => {
  const given = (how: { readonly json?: boolean; readonly everywhere?: boolean } = {}) => {
    const output: string[] = [];
    const complaints: string[] = [];
    const watch = new AppendedWatch({
      print: (line) => output.push(line),
      complain: (line) => complaints.push(line),
      clock: new FakeClock(),
      json: false,
      everywhere: false,
      ...how,
    });
    return { watch, output, complaints };
  };

  test('appends a line for each container at first, and for each change that says something new', () => {
    const { watch, output } = given();
    watch.show([image('1')], undefined);
    watch.show([image('1', { running: ['sha256:2'] })], undefined);
    watch.show([image('1', held)], undefined);
    watch.show([], undefined);
    assert.deepEqual(output, [
      '2026-01-01T00:00:00Z deployment/web app web:1.0.0 UpToDate: all is well',
      '2026-01-01T00:00:00Z deployment/web app web:1.0.0 Held/OutsideWindow: waits for its window',
      '2026-01-01T00:00:00Z deployment/web app: it is gone',
    ]);
  });

  test('writes JSON lines for programs', () => {
    const { watch, output } = given({ json: true });
    watch.show([image('1')], undefined);
    watch.show([], undefined);
    const [first, gone] = output.map((line): unknown => JSON.parse(line));
    const fields = [textAt(first, 'reason'), textAt(first, 'trackedImage'), at(gone, 'gone')];
    assert.deepEqual(fields, ['UpToDate', 'deployment.web.app', true]);
  });

  test('tells once that the API server is away, and once that it is back', () => {
    const { watch, complaints } = given();
    for (const problem of ['refused', 'refused again', undefined, undefined]) watch.show([], problem);
    assert.deepEqual(complaints, ['waiting for the API server: refused', 'the API server answers again']);
  });

  test('names the namespace of each where all are watched, and obeys no control character', () => {
    const { watch, output } = given({ everywhere: true });
    watch.show([image('1', { message: 'a\u001b[2Jb' })], undefined);
    assert.match(output[0] ?? '', / shop\/deployment\/web app web:1\.0\.0 UpToDate: a \[2Jb$/);
  });
});

suite('a watch on a terminal', () => {
  test('draws the picture anew where it has changed, and gives the cursor back', () => {
    const written: string[] = [];
    const watch = new DrawnWatch(
      (text) => written.push(text),
      (images) => images.map(({ uid }) => `picture of ${uid}`),
    );
    watch.show([image('1')], undefined);
    watch.show([image('1')], undefined);
    watch.show([image('2')], 'the API server is away');
    watch.close();
    const pictures = written.filter((text) => text.includes('\n'));
    assert.equal(pictures.length, 2);
    assert.match(pictures[0] ?? '', /picture of 1\n\nwatching; Ctrl-C ends\n$/);
    assert.match(pictures[1] ?? '', /picture of 2\n\nas it was last seen: the API server is away\n$/);
    assert.equal(written.at(-1), '\u001b[?25h');
  });
});
