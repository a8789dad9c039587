import * as vscode from 'vscode';
import { fromUriPath, toUriPath } from './names';

/** Scheme of files inside snapshots: `bulwark-snapshot://<snapshot id>/<path>`. */
export const SNAPSHOT_SCHEME = 'bulwark-snapshot';

/** In front of the path in the snapshot, where it is the query: other queries mean nothing. */
const PATH_QUERY = 'path=';

/** The address of an entry of a snapshot; `path` is `/`-separated, `""` is the root. */
export function snapshotUri(snapshot: string, path: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: SNAPSHOT_SCHEME,
    authority: snapshot,
    path: `/${toUriPath(path)}`,
  });
}

/**
 * The address of the same entry for one side of a diff against `file`. Diff
 * editors call a file renamed when the paths of both sides differ, so this one
 * has the path of the file on disk, and the path in the snapshot as its query.
 */
export function snapshotSide(snapshot: string, path: string, file: vscode.Uri): vscode.Uri {
  const query = PATH_QUERY + toUriPath(path);
  return file.with({ scheme: SNAPSHOT_SCHEME, authority: snapshot, query });
}

/** What {@link snapshotUri} or {@link snapshotSide} put in, or null for any other address. */
export function parseSnapshotUri(uri: vscode.Uri): { snapshot: string; path: string } | null {
  if (uri.scheme !== SNAPSHOT_SCHEME) return null;
  if (!/^[0-9a-f]{32}$/.test(uri.authority)) return null;
  // The preview of pictures puts a query of its own behind addresses that have none.
  const path = uri.query.startsWith(PATH_QUERY) ? uri.query.slice(PATH_QUERY.length) : uri.path;
  return { snapshot: uri.authority, path: fromUriPath(path.replace(/^\/+|\/+$/g, '')) };
}
