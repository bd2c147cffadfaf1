import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from '../../../src/commands/catalogue.ts';
import { parseFlags } from '../../../src/commands/flags.ts';

for (const { name, load } of catalogue) {
  suite(`the help of ${name}`, () => {
    test('says how it is used, by examples too, and which exit code means what', async () => {
      const { help } = await load();
      const text = help('kubectl plimsoll');
      assert.match(text, new RegExp(`^Usage: kubectl plimsoll ${name}\\b`));
      assert.match(text, /^Examples:\n {2}# .+\n {2}kubectl plimsoll /m);
      assert.match(text, /^Exit code: 0 /m);
    });

    test('fits a terminal of 100 columns', async () => {
      const { help } = await load();
      assert.deepEqual(
        help('plimsoll')
          .split('\n')
          .filter((line) => line.length > 100),
        [],
      );
    });

    test('gives examples whose flags there are', async () => {
      const { help, flags } = await load();
      const lines = [...help('plimsoll').matchAll(/^ {2}plimsoll (.*)$/gm)].map(([, line = '']) => line);
      for (const line of lines) {
        const [command, ...args] = line.split(' > ')[0]?.split(' ') ?? [];
        assert.equal(command, name);
        assert.equal(parseFlags(args, flags).ok, true, line);
      }
    });
  });
}
