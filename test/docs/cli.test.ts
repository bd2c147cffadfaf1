import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from '../../src/commands/catalogue.ts';
import { explainFlags } from '../../src/commands/explain/explain.ts';
import type { CommandFlag } from '../../src/commands/flags.ts';
import { handleFlags } from '../../src/commands/handle/handle-command.ts';
import { handles } from '../../src/commands/handle/handles.ts';
import { planFlags } from '../../src/commands/plan/plan.ts';
import { showFlags } from '../../src/commands/tracked/show-command.ts';
import { tryCommand, tryFlags } from '../../src/commands/try/try.ts';
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

  const ownTryFlags = tryFlags.filter(({ name }) => !Object.hasOwn(fields, name));
  for (const [name, flags] of [
    ['plan', planFlags],
    ['explain', explainFlags],
    ['try', ownTryFlags],
    ['status', showFlags],
    ['history', showFlags],
    ...Object.values(handles).map((handle) => [handle.name, handleFlags(handle)] as const),
  ] as const) {
    test(`has every flag of ${name} with its help`, () => {
      const rows = tableRows(section(document, `## plimsoll ${name}`));
      assert.deepEqual(
        rows.filter(([cell]) => cell?.startsWith('`-')),
        flags.map((flag) => [spelled(flag), flag.help]),
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
