import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { catalogue } from '../../src/commands/catalogue.ts';
import { isJsonObject } from '../../src/model/json.ts';
import { codeWords, readDocument, root, withoutCode } from './markdown.ts';

const documents = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })].toSorted();
const flagsByCommand = new Map<string, ReadonlySet<string>>();
for (const { name, load } of catalogue) {
  const { help } = await load();
  flagsByCommand.set(name, new Set([...flagsIn(help('plimsoll')), '--help']));
}
const allFlags = new Set([...flagsByCommand.values()].flatMap((flags) => [...flags]));
const manifest: unknown = JSON.parse(readDocument('package.json'));
const scripts = isJsonObject(manifest) && isJsonObject(manifest['scripts']) ? manifest['scripts'] : {};

suite('code in the documents', () => {
  test('is searched for commands, flags and scripts that are not there', () => {
    assert.deepEqual(
      ['plimsoll run --nothing', 'npm run -s plimsoll -- nothing', 'npm run nothing', 'npm test'].flatMap(
        unknownIn,
      ),
      ['run --nothing', 'npm run -s plimsoll -- nothing', 'npm run nothing'],
    );
  });

  for (const document of documents) {
    const text = readDocument(document);

    test(`YAML of ${document} can be read`, () => {
      for (const block of blocks(text, 'yaml')) {
        assert.deepEqual(
          parseAllDocuments(block).flatMap(({ errors }) => errors.map(({ message }) => message)),
          [],
        );
      }
    });

    test(`commands of ${document} exist, with their flags`, () => {
      assert.deepEqual(commandLines(text).flatMap(unknownIn), []);
    });

    test(`what ${document} names of this repository is there`, () => {
      const words = codeWords(withoutCode(text)).flatMap((word) => word.split(/\s/));
      const paths = words.filter((word) =>
        /^(?:manifests|docs|test|src|crds|scripts|\.ci)\/[\w./-]*$/.test(word),
      );
      assert.deepEqual(
        paths.filter((path) => !existsSync(join(root, path))),
        [],
      );
    });
  }

  test('a flag of ours that is named in a sentence is one of some command', () => {
    const known = [...allFlags].map((flag) => flag.replace(/^--no-/, '--'));
    for (const document of documents.filter((path) => !/migrate|CONTRIBUTING|adr|test/.test(path))) {
      const named = codeWords(withoutCode(readDocument(document))).filter((word) => /^--[a-z]/.test(word));
      for (const word of named) {
        const [flag = ''] = word.replace(/^--no-/, '--').split(/[ =]/);
        assert.ok(known.includes(flag) || foreignFlags.includes(flag), `${document}: ${word}`);
      }
    }
  });
});

/** Flags of other programs that sentences speak of. */
const foreignFlags = ['--test', '--no-node', '--keep', '--previous', '--name', '--set'];

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** What is typed in the consoles and sentences of a document. */
function commandLines(text: string): readonly string[] {
  const typed = blocks(text, 'console')
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, ''));
  return [...typed, ...codeWords(withoutCode(text))];
}

/** The words of a line that name a command, a flag or a script that is not there. */
function unknownIn(line: string): readonly string[] {
  const script = /^npm (?:run (?:-s )?|(test)\b)([\w:-]*)/.exec(line);
  const name = script?.[1] ?? script?.[2];
  if (name !== undefined && !Object.hasOwn(scripts, name)) return [line];
  const [, command, rest = ''] =
    /(?:^|\| )(?:npm run -s plimsoll --|\.\/dist\/plimsoll\.js|(?:kubectl )?plimsoll) ([a-z]+)\b(.*)/.exec(
      line,
    ) ?? [];
  if (command === undefined) return [];
  const flags = flagsByCommand.get(command);
  if (!flags) return [line];
  const [arguments_ = ''] = rest.split(' | ');
  const isKnown = (flag: string) => flags.has(flag) || flags.has(flag.replace(/^--no-/, '--'));
  return flagsIn(arguments_)
    .filter((flag) => !isKnown(flag))
    .map((flag) => `${command} ${flag}`);
}

function flagsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
}
