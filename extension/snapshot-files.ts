import * as vscode from 'vscode';
import type { TreeEntry } from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import { toUriPath } from './names';
import type { SnapshotContent } from './snapshot-content';
import { parseSnapshotUri } from './snapshot-uri';

/**
 * Snapshots as a read-only file system, so that editors, diffs and the
 * explorer show them like any folder. Links are shown as small files that hold
 * their target: following one would leave the snapshot.
 */
export class SnapshotFiles implements vscode.FileSystemProvider {
  readonly #content: SnapshotContent;
  readonly #settled: () => Promise<void>;
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  /** Never fired: a snapshot does not change. */
  readonly onDidChangeFile = this.#changes.event;

  /** `settled` resolves when the agent can be asked. */
  constructor(content: SnapshotContent, settled: () => Promise<void>) {
    this.#content = content;
    this.#settled = settled;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const entry = await this.#read(uri, ({ snapshot, path }) => this.#content.stat(snapshot, path));
    const time = Math.floor(entry.mtime);
    const size = entry.kind === 'link' ? Buffer.byteLength(entry.target ?? '') : entry.size;
    return {
      type: fileType(entry),
      ctime: time,
      mtime: time,
      size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const entries = await this.#read(uri, async ({ snapshot, path }) => {
      // A worktree inside the worktree is a source of its own: here it is an empty folder.
      const entry = path === '' ? null : await this.#content.stat(snapshot, path);
      return entry?.kind === 'nested' ? [] : this.#content.folder(snapshot, path);
    });
    return entries.map((entry) => [toUriPath(entry.name), fileType(entry)]);
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#read(uri, ({ snapshot, path }) => this.#content.file(snapshot, path));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  delete(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  rename(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  async #read<T>(
    uri: vscode.Uri,
    work: (place: NonNullable<ReturnType<typeof parseSnapshotUri>>) => Promise<T>,
  ): Promise<T> {
    const place = parseSnapshotUri(uri);
    if (place === null) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      await this.#settled();
      return await work(place);
    } catch (error) {
      throw asFileSystemError(error, uri);
    }
  }
}

function fileType(entry: TreeEntry): vscode.FileType {
  return entry.kind === 'folder' || entry.kind === 'nested'
    ? vscode.FileType.Directory
    : vscode.FileType.File;
}

function readOnly(uri: vscode.Uri): vscode.FileSystemError {
  return vscode.FileSystemError.NoPermissions(uri);
}

function asFileSystemError(error: unknown, uri: vscode.Uri): Error {
  switch (reasonOf(error)) {
    case 'entry-missing':
    case 'snapshot-unknown':
      return vscode.FileSystemError.FileNotFound(uri);
    case 'not-a-directory':
      return vscode.FileSystemError.FileNotADirectory(uri);
    default:
      return vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : uri);
  }
}
