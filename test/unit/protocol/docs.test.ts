import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { driftedFiles, generatedFiles } from '../../../agent/protocol/generate';
import { GUIDE } from '../../../agent/protocol/guide-doc';
import { METHODS } from '../../../agent/protocol/methods';
import { DEFINITIONS, protocolDoc } from '../../../agent/protocol/schema-doc';
import { DEFAULT_LIMITS } from '../../../agent/server/limits';

/** The checkout: three folders above this test, four above what it is compiled to. */
const ROOT = join(__dirname, '..', '..', '..', '..');

describe('the documentation of the protocol', () => {
  it('says what the schemas say', () => {
    assert.deepEqual(driftedFiles(ROOT), []);
  });

  it('is found out of date when a single letter differs', () => {
    const root = mkdtempSync(join(tmpdir(), 'bw-docs-'));
    try {
      for (const [path, content] of generatedFiles()) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content);
      }
      assert.deepEqual(driftedFiles(root), []);
      const [path = '', content = ''] = [...generatedFiles()][0] ?? [];
      writeFileSync(join(root, path), content.replaceAll('\n', '\r\n'));
      assert.deepEqual(driftedFiles(root), []);
      writeFileSync(join(root, path), content.replace('e', 'x'));
      assert.deepEqual(driftedFiles(root), [path]);
      rmSync(join(root, path));
      assert.deepEqual(driftedFiles(root), [path]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('has every method, and every type that is referred to', () => {
    const doc = protocolDoc();
    assert.deepEqual(Object.keys(doc.methods), Object.keys(METHODS));
    const references = [...JSON.stringify(doc).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
    assert.ok(references.length > 50);
    for (const to of references)
      assert.ok(
        to?.startsWith(DEFINITIONS) === true && to.slice(DEFINITIONS.length) in doc.$defs,
        to,
      );
  });

  it('has links that lead somewhere', () => {
    const text = generatedFiles().get(join('docs', 'PROTOCOL.md')) ?? '';
    const anchors = new Set(
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const broken = [...text.matchAll(/\]\(#([^)]+)\)/g)].filter(([, to = '']) => !anchors.has(to));
    assert.deepEqual(
      broken.map(([link]) => link),
      [],
    );
  });

  it('tells the limits that the server has', () => {
    const { requestsInFlight, messagesPerSecond, messageBurst, malformedMessages } = DEFAULT_LIMITS;
    const { bufferedBytes, connections } = DEFAULT_LIMITS;
    for (const row of [
      `| ${requestsInFlight} | requests of a connection`,
      `| ${messagesPerSecond} | messages a second of a connection (${messageBurst} at once)`,
      `| ${malformedMessages} | messages of a connection that make no sense`,
      `| ${bufferedBytes / 1_048_576} MiB | messages that a client has not read`,
      `| ${connections} | connections |`,
    ])
      assert.ok(GUIDE.includes(row), row);
  });
});
