import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  baseName,
  childPath,
  displayName,
  fromUriPath,
  hasRawBytes,
  parentPath,
  plainLabel,
  toUriPath,
} from '../../../extension/names';

describe('names in the window', () => {
  it('shows a byte that is not UTF-8 as \\xNN', () => {
    assert.equal(displayName('caf\udce9.txt'), 'caf\\xe9.txt');
  });

  it('shows line breaks and control characters escaped', () => {
    assert.equal(displayName('a\nb\u0007c'), 'a\\nb\\x07c');
  });

  it('keeps emoji and other scripts as they are', () => {
    assert.equal(displayName('😀 日本語.md'), '😀 日本語.md');
    assert.equal(hasRawBytes('😀 日本語.md'), false);
  });

  it('does not let a file name draw an icon', () => {
    assert.equal(plainLabel('$(trash) x'), '\\$(trash) x');
  });

  it('carries names with raw bytes and percent signs through a URI', () => {
    for (const name of ['caf\udce9', '100%.txt', '%25', '%e9', '%\udc80', '%2\udc80', '%8\udc80']) {
      assert.equal(fromUriPath(toUriPath(name)), name, JSON.stringify(name));
      assert.doesNotThrow(() => encodeURIComponent(toUriPath(name)));
    }
  });

  it('carries every name through a URI', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('%', '%2', '%25', '%e', '%E9', '5', '\u{1f600}'),
      fc.integer({ min: 0xdc80, max: 0xdcff }).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const name = parts.join('').replaceAll(/[\ud800-\udbff](?=[\udc80-\udcff])/g, 'x');
        assert.equal(fromUriPath(toUriPath(name)), name);
      }),
    );
  });

  it('finds names and folders of paths in a snapshot', () => {
    assert.equal(baseName('src/a.ts'), 'a.ts');
    assert.equal(baseName('a.ts'), 'a.ts');
    assert.equal(parentPath('src/a.ts'), 'src');
    assert.equal(parentPath('a.ts'), '');
    assert.equal(childPath('', 'a.ts'), 'a.ts');
    assert.equal(childPath('src', 'a.ts'), 'src/a.ts');
  });
});
