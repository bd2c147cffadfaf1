import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nextPage } from '../../../src/registry/link.ts';

const current = new URL('https://registry.example.com:5000/v2/shop/web/tags/list?n=100');
const below = 'https://registry.example.com:5000/v2/shop/web/tags/list';

/** The next address, or what there is instead. */
function next(...lines: string[]): string {
  const page = nextPage(lines, current);
  return page.kind === 'page' ? page.url.href : page.kind;
}

suite('following Link', () => {
  const followed: readonly (readonly [title: string, line: string, expected: string])[] = [
    ['relative', '</v2/shop/web/tags/list?last=b&n=100>; rel="next"', `${below}?last=b&n=100`],
    ['absolute', `<${below}?last=b&n=100>; rel="next"`, `${below}?last=b&n=100`],
    ['only a query', '<?last=b>; rel=next', `${below}?last=b`],
    [
      'an opaque cursor of Quay',
      '</v2/shop/web/tags/list?n=50&next_page=gAAAA-x%3D>; rel="next"',
      `${below}?n=50&next_page=gAAAA-x%3D`,
    ],
    ['an unquoted relation in other case', '<?last=b>; REL=Next', `${below}?last=b`],
    ['several relations', '<?last=b>; rel="prefetch next"', `${below}?last=b`],
    ['other parameters first', '<?last=b>; title="a, \\"b\\"; rel=x"; type=x; rel="next"', `${below}?last=b`],
    ['several links', '<?last=a>; rel="first", <?last=b>; rel="next"', `${below}?last=b`],
    ['a comma in the address', '<?last=a,b>; rel="next"', `${below}?last=a,b`],
  ];
  for (const [title, line, expected] of followed) {
    test(`follows a link that is ${title}`, () => {
      assert.equal(next(line), expected);
    });
  }

  const rebased: readonly (readonly [title: string, line: string, expected: string])[] = [
    [
      'another host',
      '<https://evil.example.org/v2/shop/web/tags/list?last=b&n=10>; rel="next"',
      `${below}?last=b&n=10`,
    ],
    [
      'another port',
      '<https://registry.example.com/v2/shop/web/tags/list?last=b>; rel="next"',
      `${below}?last=b`,
    ],
    [
      'plain http',
      '<http://registry.example.com:5000/v2/shop/web/tags/list?last=b>; rel="next"',
      `${below}?last=b`,
    ],
    [
      'a path without the repository prefix (Artifactory)',
      '</v2/web/tags/list?last=b&n=10>; rel="next"',
      `${below}?last=b&n=10`,
    ],
    [
      'a path of its own (Nexus)',
      '</repository/docker/v2/shop/web/tags/list?last=b>; rel="next"',
      `${below}?last=b`,
    ],
    [
      'a user name',
      '<https://user:pw@registry.example.com:5000/v2/shop/web/tags/list?last=b>; rel="next"',
      `${below}?last=b`,
    ],
  ];
  for (const [title, line, expected] of rebased) {
    test(`keeps its own address where a link names ${title}`, () => {
      assert.equal(next(line), expected);
    });
  }

  test('takes over nothing but the cursor from another place', () => {
    assert.equal(next('<https://evil.example.org/x?last=b&redirect=1>; rel="next"'), `${below}?last=b`);
    const samePath = `https://evil.example.org${new URL(below).pathname}`;
    assert.equal(next(`<${samePath}?last=b&redirect=1>; rel="next"`), `${below}?last=b`);
    assert.equal(next('</x?next_page=c&redirect=1>; rel="next"'), `${below}?next_page=c`);
  });

  test('calls a link without a cursor to another place unusable', () => {
    assert.equal(next('<https://evil.example.org/x>; rel="next"'), 'unusable');
    assert.equal(next('<https://[>; rel="next"'), 'unusable');
  });

  test('ends where nothing is named as next', () => {
    assert.equal(next(), 'end');
    assert.equal(next('<?last=b>; rel="prev"'), 'end');
    assert.equal(next('<?last=b>'), 'end');
    assert.equal(next('garbage; rel="next"'), 'end');
  });

  test('finds the link on the second header line', () => {
    assert.equal(next('<?last=a>; rel="prev"', '<?last=b>; rel="next"'), `${below}?last=b`);
  });
});
