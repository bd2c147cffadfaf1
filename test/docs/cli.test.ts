import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from '../../src/commands/catalogue.ts';
import type { CommandFlag } from '../../src/commands/flags.ts';
import { tryCommand } from '../../src/commands/try/try.ts';
import { fields } from '../../src/policy/fields.ts';
import { rejectMeanings } from '../../src/versioning/reject-reason.ts';
import { runCommandLine } from '../support/command-line.ts';
import { headings, readDocument, section, tableRows } from './markdown.ts';

const document = readDocument('docs/reference/cli.md');

suite('docs/reference/cli.md', () => {
  test('has every command with its summary, in the order of the overview', () => {
    const [introduction = ''] = document.split('\n## ');
    assert.deepEqual(
      tableRows(introduction),
      catalogue.map(({ name, summary }) => [`[\`${name}\`](#plimsoll-${name})`, summary]),
    );
    const written = headings(document).filter((line) => line.startsWith('## '));
    assert.deepEqual(
      written,
      catalogue.map(({ name }) => `## plimsoll ${name}`),
    );
  });

  for (const { name, load } of catalogue) {
    test(`has every example of ${name}, and which exit code means what`, async () => {
      const text = section(document, `## plimsoll ${name}`);
      const help = (await load()).help('plimsoll');
      const [, examples = ''] = help.split('\nExamples:\n');
      for (const [, example = ''] of examples.matchAll(/^ {2}(# .*\n {2}plimsoll .*)$/gm)) {
        assert.ok(text.includes(example.replaceAll('\n  ', '\n')), `${example} is missing`);
      }
      assert.match(text, /^Exit code: /m);
    });

    // The flags of the controller have a page of their own, and those of `try` that are annotations as well.
    if (name === 'run') continue;
    test(`has every flag of ${name} with its help`, async () => {
      const { flags } = await load();
      const own = flags.filter((flag) => name !== 'try' || !Object.hasOwn(fields, flag.name));
      const rows = tableRows(section(document, `## plimsoll ${name}`));
      assert.deepEqual(
        rows.filter(([cell]) => cell?.startsWith('`-')),
        own.map((flag) => [spelled(flag), flag.help]),
      );
    });
  }

  test('has every reason for which a tag is not chosen', () => {
    const rows = tableRows(section(document, '## plimsoll try')).filter(([cell]) =>
      /^`[a-z]/.test(cell ?? ''),
    );
    assert.deepEqual(
      rows,
      Object.entries(rejectMeanings).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    );
  });

  for (const { input, line, output } of tryExamples()) {
    test(`is right about ${line}`, async () => {
      const run = await runCommandLine(tryCommand, wordsOf(line), { input });
      assert.equal(run.output, output);
    });
  }
});

function spelled({ name, short, value, repeatable }: CommandFlag): string {
  const words = `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
  return `\`${words}\`${repeatable ? ' …' : ''}`;
}

interface Example {
  readonly input: string;
  readonly line: string;
  readonly output: string;
}

/** The sessions of `plimsoll try` in the document, each with what it prints. */
function tryExamples(): readonly Example[] {
  const sessions = [...document.matchAll(/^```console\n\$ (.*)\n([^]*?)\n```$/gm)];
  return sessions.flatMap(([, typed = '', output = '']) => {
    const [, input = '', line] = /^(?:echo '(.*)' \| )?plimsoll try (.*)$/.exec(typed) ?? [];
    return line === undefined ? [] : [{ input, line, output }];
  });
}

function wordsOf(line: string): readonly string[] {
  return line.split(' ').filter((word) => word !== '');
}
