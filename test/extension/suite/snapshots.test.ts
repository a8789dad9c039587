import * as assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AgentClient } from '../../../agent/protocol/client';
import type { SnapshotSummary } from '../../../agent/protocol/entities';
import { snapshotSide, snapshotUri } from '../../../extension/snapshot-uri';
import { connectToAgent, openFolder, openTabs, soon } from './window';

/** Larger than one page of the wire, and no multiple of it. */
const LARGE = 1_300_007;

describe('snapshots in a window', () => {
  const picture = randomBytes(LARGE);
  let agent: AgentClient;
  let snapshot: SnapshotSummary;
  let file: string;

  before(async () => {
    const folder = openFolder();
    file = path.join(folder, 'notes.txt');
    await fs.mkdir(path.join(folder, 'deep', 'er'), { recursive: true });
    await fs.writeFile(file, 'one\n');
    await fs.writeFile(path.join(folder, 'deep', 'er', '100% 😀.bin'), picture);
    agent = await connectToAgent();
    await soon('the connection of the window', async () => {
      await vscode.commands.executeCommand('bulwark.refresh');
      await vscode.commands.executeCommand('bulwark.protectFolder');
      return (await agent.call('worktree/list', {})).worktrees.length > 0;
    });
    await vscode.commands.executeCommand('bulwark.snapshotNow');
    const { snapshots } = await agent.call('snapshot/list', { path: folder });
    const manual = snapshots.find(({ kind }) => kind === 'manual');
    assert.ok(manual !== undefined, 'Snapshot Now took no snapshot');
    snapshot = manual;
    await fs.writeFile(file, 'two\n');
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    agent.close();
  });

  it('are folders that can be read', async () => {
    const root = await vscode.workspace.fs.readDirectory(snapshotUri(snapshot.id, ''));
    const names = new Map(root);
    const stat = await vscode.workspace.fs.stat(snapshotUri(snapshot.id, ''));
    assert.equal(stat.type, vscode.FileType.Directory);
    assert.equal(names.get('notes.txt'), vscode.FileType.File);
    assert.equal(names.get('deep'), vscode.FileType.Directory);
  });

  it('hold text as it was', async () => {
    const document = await vscode.workspace.openTextDocument(snapshotUri(snapshot.id, 'notes.txt'));
    assert.equal(document.getText(), 'one\n');
  });

  it('hold large binary files, byte for byte', async () => {
    const uri = snapshotUri(snapshot.id, 'deep/er/100% 😀.bin');
    const stat = await vscode.workspace.fs.stat(uri);
    assert.equal(stat.size, LARGE);
    assert.equal(stat.permissions, vscode.FilePermission.Readonly);
    assert.ok(picture.equals(Buffer.from(await vscode.workspace.fs.readFile(uri))));
  });

  it('are the same with a query that is not theirs, as the preview of pictures adds one', async () => {
    const uri = snapshotUri(snapshot.id, 'notes.txt').with({ query: 'version=1' });
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString(), 'one\n');
  });

  it('can be a side of a diff', async () => {
    const side = snapshotSide(snapshot.id, 'notes.txt', vscode.Uri.file(file));
    assert.equal(side.path, vscode.Uri.file(file).path);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(side)).toString(), 'one\n');
    await vscode.commands.executeCommand('vscode.diff', side, vscode.Uri.file(file), 'was ↔ is');
    await soon('the diff', () => openTabs().includes('was ↔ is'));
  });

  it('cannot be written', async () => {
    const uri = snapshotUri(snapshot.id, 'notes.txt');
    await assert.rejects(Promise.resolve(vscode.workspace.fs.writeFile(uri, Buffer.from('no'))));
    await assert.rejects(Promise.resolve(vscode.workspace.fs.delete(uri)));
    assert.equal(vscode.workspace.fs.isWritableFileSystem(uri.scheme), false);
  });

  it('say so when a file or a snapshot is not there', async () => {
    for (const uri of [
      snapshotUri(snapshot.id, 'nothing/here'),
      snapshotUri(snapshot.id, 'notes.txt').with({ authority: '0'.repeat(32) }),
      snapshotUri(snapshot.id, 'notes.txt').with({ authority: 'nonsense' }),
    ]) {
      await assert.rejects(Promise.resolve(vscode.workspace.fs.stat(uri)), {
        code: 'FileNotFound',
      });
    }
  });
});
