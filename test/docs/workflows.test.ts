import assert from 'node:assert/strict';
import { accessSync, constants, globSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { at, isJsonObject, listAt, textAt } from '../../src/model/json.ts';
import { readDocument, root } from './markdown.ts';

suite('the workflows', () => {
  for (const path of globSync('.github/workflows/*.yml', { cwd: root })) {
    const text = readDocument(path);
    const jobs = at(parse(text), 'jobs');
    const steps = Object.values(isJsonObject(jobs) ? jobs : {}).flatMap((job) => listAt(job, 'steps'));

    test(`${path} names every action by its commit, and its version beside it`, () => {
      const actions = text.split('\n').filter((line) => /\buses:/.test(line));
      assert.ok(actions.length > 0);
      for (const line of actions) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test(`${path} runs scripts that are there`, () => {
      const scripts = steps.flatMap(
        (step) => (textAt(step, 'run') ?? '').match(/(?:scripts|\.ci)\/[\w./-]+/g) ?? [],
      );
      assert.ok(scripts.length > 0);
      for (const script of scripts) {
        const mode = script.endsWith('.ts') ? constants.R_OK : constants.X_OK;
        accessSync(join(root, script), mode);
      }
    });

    test(`${path} says what it may do, and keeps no credential in the checkout`, () => {
      assert.ok(isJsonObject(at(parse(text), 'permissions')));
      const checkouts = steps.filter((step) => textAt(step, 'uses')?.startsWith('actions/checkout@'));
      for (const step of checkouts) assert.equal(at(step, 'with', 'persist-credentials'), false);
    });
  }
});

test('the forms for issues can be read', () => {
  for (const path of globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: root })) {
    assert.ok(isJsonObject(parse(readDocument(path))), path);
  }
});
