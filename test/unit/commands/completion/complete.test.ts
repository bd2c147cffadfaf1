import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from '../../../../src/commands/catalogue.ts';
import { complete } from '../../../../src/commands/completion/complete.ts';
import { completionCommand } from '../../../../src/commands/completion/completion.ts';
import { runCommandLine } from '../../../support/command-line.ts';

/** What is offered for a command line of which the last word is being typed, without a cluster. */
async function offered(...args: readonly string[]): Promise<readonly string[]> {
  const env = { KUBECONFIG: '/nowhere/config', HOME: '/nowhere' };
  const { code, output, complaints } = await runCommandLine({ run: complete }, args, { env });
  assert.deepEqual([code, complaints], [0, '']);
  return output.split('\n');
}

suite('a command line that is being typed', () => {
  test('is offered every command, each with what it does', async () => {
    const lines = await offered('');
    assert.deepEqual(lines, [...catalogue.map(({ name, summary }) => `${name}\t${summary}`), ':4']);
  });

  test('is offered what begins as the last word does', async () => {
    assert.deepEqual(
      (await offered('re')).map((line) => line.split('\t')[0]),
      ['resume', 'retry', ':4'],
    );
  });

  test('is offered the flags of its command', async () => {
    assert.deepEqual(
      (await offered('status', '--wa')).map((line) => line.split('\t')[0]),
      ['--watch', ':4'],
    );
  });

  test('is offered the values that a flag may have, and files where it names one', async () => {
    assert.deepEqual(await offered('status', '-o', ''), ['table', 'json', 'yaml', ':4']);
    assert.deepEqual(await offered('hold', '--wait', 'f'), ['false', ':4']);
    assert.deepEqual(await offered('plan', '--filename', ''), [':0']);
    assert.deepEqual(await offered('completion', ''), ['bash', 'zsh', 'fish', ':4']);
  });

  test('is offered nothing, quietly, where there is no cluster to ask or no such command', async () => {
    for (const line of [
      ['hold', ''],
      ['approve', 'deployment/web', ''],
      ['status', '-n', ''],
      ['nonsense', ''],
    ]) {
      assert.deepEqual(await offered(...line), [':4'], line.join(' '));
    }
  });
});

suite('plimsoll completion', () => {
  test('refuses what is no shell, in one line', async () => {
    for (const args of [[], ['tcsh'], ['bash', 'zsh'], ['--bash']]) {
      const { code, complaints } = await runCommandLine(completionCommand, args);
      assert.equal(code, 2);
      assert.match(complaints, /^plimsoll completion: .*; see plimsoll completion --help$/);
    }
  });
});
