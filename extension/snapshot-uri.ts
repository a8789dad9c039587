import * as vscode from 'vscode';
import { snapshotId, type SnapshotId } from '../agent/protocol/entities';
import { fromUriPath, toUriPath } from './names';

/** Scheme of files inside snapshots: `bulwark-snapshot://<snapshot id>/<path>`. */
export const SNAPSHOT_SCHEME = 'bulwark-snapshot';

/** The address of an entry of a snapshot; `path` is `/`-separated, `""` is the root. */
export function snapshotUri(snapshot: SnapshotId, path: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: SNAPSHOT_SCHEME,
    authority: snapshot,
    path: `/${toUriPath(path)}`,
  });
}

/** What {@link snapshotUri} put in, or null for any other address. */
export function parseSnapshotUri(uri: vscode.Uri): { snapshot: SnapshotId; path: string } | null {
  if (uri.scheme !== SNAPSHOT_SCHEME) return null;
  const id = snapshotId.safeParse(uri.authority);
  if (!id.success) return null;
  return { snapshot: id.data, path: fromUriPath(uri.path.replace(/^\/+|\/+$/g, '')) };
}
