import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseImageReference, formatReference, isTag } from '../../src/model/image-reference.ts';
import { parseDuration } from '../../src/model/duration.ts';
import { parseSchedule, nextLook } from '../../src/policy/schedule.ts';
import { nextOpening, parseWindows } from '../../src/policy/window.ts';
import { parseChallenges } from '../../src/registry/challenge.ts';
import { nextPage } from '../../src/registry/link.ts';
import { parseRegistriesFile } from '../../src/registry/registries-file.ts';
import { readRetryAfter } from '../../src/registry/retry-after.ts';
import { readUpdateRecords } from '../../src/rollout/update-record.ts';
import { explainTags } from '../../src/versioning/select.ts';
import { policyOf } from '../support/policies.ts';
import { assertOneLine } from './plain.ts';
import { tryOn } from './effort.ts';
import { mutatedText } from './mutation.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const saturday = Date.UTC(2026, 10, 21);

describe('texts that somebody else wrote', () => {
  it('an image reference is refused in one line, or means the same when it is written again', () => {
    const samples = [
      'nginx',
      'ghcr.io/a/b:1.2.3',
      `localhost:5000/a@${digest}`,
      `[::1]:5000/a/b:1@${digest}`,
      'docker.io/library/redis:7-alpine',
    ];
    tryOn(mutatedText(...samples), (text) => {
      const parsed = parseImageReference(text);
      if (!parsed.ok) return assertOneLine(parsed.problem.message);
      const { name, tag, digest: named } = parsed.value;
      assert.deepEqual(parseImageReference(formatReference(name, tag, named)), parsed);
      assert.doesNotMatch(text, /[\s\p{Cc}]/u);
    });
  });

  it('tags: every one has exactly one reason, and only a legal one is chosen', () => {
    const tag = mutatedText(
      '1.2.3',
      'v1.4.0-alpine3.19',
      '20240101',
      '1.2.3-rc.1',
      'latest',
      '2024.7',
      '9'.repeat(120),
    );
    const policy = fc.constantFrom(
      'patch',
      'minor',
      'major',
      'semver:>=1 <3',
      'calver:YYYY.MM',
      'numeric',
      'alphabetical',
      'glob:1.*',
      'regexp:^\\d+',
    );
    tryOn(fc.tuple(tag, fc.array(tag, { maxLength: 20 }), policy), ([current, tags, text]) => {
      const explained = explainTags({ current, tags, policy: policyOf({ policy: text }) });
      if (!explained.ok) return assertOneLine(explained.problem.message);
      const { selection, reasons } = explained.value;
      const { choice } = selection;
      if (choice !== undefined) assert.ok(isTag(choice) && tags.includes(choice) && choice !== current);
      assert.deepEqual(new Set(reasons.keys()), new Set(tags));
      for (const [each, reason] of reasons) assert.equal(reason === 'chosen', each === choice, each);
    });
  });

  it('a challenge holds no more than its header held', () => {
    const samples = [
      'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
      'Basic realm="x", Negotiate YII=',
      'Bearer realm=a',
    ];
    tryOn(fc.array(mutatedText(...samples), { maxLength: 3 }), (lines) => {
      for (const { scheme, parameters, token68 = '' } of parseChallenges(lines)) {
        assert.equal(scheme, scheme.toLowerCase());
        const size = [...parameters].flat().join('').length + token68.length;
        assert.ok(size <= lines.join('').length);
      }
    });
  });

  it('a Link header never leads away from where the list is', () => {
    const here = new URL('https://registry.example/v2/a/b/tags/list?n=100');
    const samples = [
      '</v2/a/b/tags/list?n=100&last=x>; rel="next"',
      '<https://evil.example/>; rel=next',
      '<//evil.example/v2/>; rel="next"',
      '<?last=y>;rel=next, <x>; rel=prev',
    ];
    tryOn(fc.array(mutatedText(...samples), { maxLength: 3 }), (lines) => {
      const next = nextPage(lines, here);
      if (next.kind !== 'page') return;
      assert.equal(next.url.origin + next.url.pathname, here.origin + here.pathname);
      assert.equal(next.url.username + next.url.password, '');
    });
  });

  it('a registries file is refused with its place and without its values, or read', () => {
    const sample =
      'mirrors:\n  docker.io:\n    endpoint: ["https://m.example"]\nconfigs:\n  "m.example":\n    auth:\n      username: u\n      password: hunter2-hunter2\n    rate: 5\n';
    tryOn(mutatedText(sample), (text) => {
      const read = parseRegistriesFile(text, 'registries.yaml');
      if (read.ok) return;
      assertOneLine(read.problem.message);
      assert.doesNotMatch(read.problem.message, /hunter2/);
    });
  });

  it('what waits names a time that is finite and ahead', () => {
    tryOn(mutatedText('90s', '1h30m', '5m', '-1h', '1e9s'), (text) => {
      const duration = parseDuration(text);
      if (duration !== undefined) assert.ok(Number.isFinite(duration) && duration >= 0);
    });
    tryOn(mutatedText('30', 'Sat, 21 Nov 2026 13:00:00 GMT', '9999999999'), (text) => {
      const wait = readRetryAfter(text, saturday);
      if (wait !== undefined) assert.ok(wait > 0 && wait <= 3_600_000);
    });
    tryOn(mutatedText('*/5 * * * *', '@every 5m', '0 0 3 * * * Europe/Madrid', '@hourly'), (text) => {
      const schedule = parseSchedule(text);
      if (!schedule.ok) return assertOneLine(schedule.problem.message);
      assert.ok(nextLook(schedule.value, saturday) > saturday);
    });
    tryOn(
      mutatedText('Mon-Fri 09:00-17:00 Europe/Madrid', '22:00-02:00', 'Sat 00:00-24:00; Sun 10:00-11:00 UTC'),
      (text) => {
        const windows = parseWindows(text);
        if (!windows.ok) return assertOneLine(windows.problem.message);
        const opening = nextOpening(windows.value, saturday);
        if (opening !== undefined) assert.ok(opening >= saturday);
      },
    );
  });

  it('the mark of the last update is believed only as far as we would have written it', () => {
    const record = {
      container: 'web',
      from: 'a:1',
      to: 'a:2',
      digest,
      at: '2026-11-21T13:00:00.000Z',
      policy: 'minor',
    };
    tryOn(mutatedText(JSON.stringify(record), JSON.stringify({ ...record, more: [record] })), (text) => {
      for (const { to, at } of readUpdateRecords(text)) {
        assert.ok(to.length <= 1_024);
        assert.ok(Number.isFinite(Date.parse(at)));
      }
    });
  });
});
