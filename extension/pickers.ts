import type {
  ListedSnapshot,
  SnapshotId,
  TreeEntry,
  WorktreeInfo,
} from '../agent/protocol/entities';
import type { Call } from './agent-link';
import { fileStates, fileVersions, type FileVersion } from './file-versions';
import { byteSize, capitalized, count, moment } from './format';
import { baseName, childPath, displayName } from './names';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotList, SnapshotLists } from './snapshot-lists';
import { groupByDay, snapshotDescription, snapshotIcon, snapshotTime } from './snapshot-words';
import type { Choice, Picked, Ui } from './ui';
import { describeWorktree } from './worktree-words';

/** What a step of a flow is called and where it stands. */
export interface Step {
  readonly title: string;
  readonly number: readonly [number, number];
  readonly canGoBack: boolean;
}

/** What the pickers read from. */
export interface PickSources {
  readonly ui: Ui;
  readonly lists: SnapshotLists;
  readonly content: SnapshotContent;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Asks for one of the worktrees, in the order given. */
export function pickWorktree(
  { ui, now }: PickSources,
  step: Step,
  worktrees: readonly WorktreeInfo[],
): Promise<Picked<WorktreeInfo>> {
  return ui.pick<WorktreeInfo>({
    ...request(step, 'Choose a worktree'),
    choices: () => Promise.resolve(worktrees.map((worktree) => worktreeChoice(worktree, now()))),
  });
}

/** A worktree as a line of a list. */
export function worktreeChoice(worktree: WorktreeInfo, now: number): Choice<WorktreeInfo> {
  const words = describeWorktree(worktree, now);
  return {
    label: worktree.name,
    icon: words.icon.id,
    description: [words.branch, words.protection, words.state].filter(Boolean).join(' · '),
    detail: displayName(worktree.path),
    value: worktree,
  };
}

/** Asks for a snapshot of a worktree; `more` when the person wants older ones. */
export function pickSnapshot(
  { ui, lists, now }: PickSources,
  step: Step,
  worktree: WorktreeInfo,
  which: { readonly only: (snapshot: ListedSnapshot) => boolean; readonly empty: string } = {
    only: () => true,
    empty: 'There is no snapshot of it yet.',
  },
): Promise<Picked<ListedSnapshot | 'more'>> {
  return ui.pick<ListedSnapshot | 'more'>({
    ...request(step, `Choose a snapshot of ${displayName(worktree.name)}`),
    empty: which.empty,
    async choices() {
      const list = await lists.get(worktree);
      const shown = list.snapshots.filter((snapshot) => which.only(snapshot));
      const choices: Choice<ListedSnapshot | 'more'>[] = groupByDay(shown, now()).flatMap((day) =>
        day.snapshots.map((snapshot, i) => ({
          label: snapshotTime(snapshot),
          icon: snapshotIcon(snapshot),
          description: [snapshotDescription(snapshot), displayName(snapshot.branch ?? '')]
            .filter(Boolean)
            .join(' · '),
          value: snapshot,
          ...(i === 0 ? { group: day.label } : {}),
        })),
      );
      return [...choices, ...older(list)];
    },
  });
}

/** What a person can choose where versions of one file are listed. */
export type VersionChoice =
  | {
      readonly kind: 'version';
      readonly version: FileVersion;
      /** The one that it replaced, where that is known. */
      readonly before: FileVersion | null;
    }
  | { readonly kind: 'more' }
  | { readonly kind: 'other-file' };

/** Asks for a version of a file, or for another file where `others` says so. */
export function pickVersion(
  { ui, lists, content, now, call }: PickSources & { readonly call: Call },
  step: Step,
  file: { readonly worktree: WorktreeInfo; readonly path: string },
  others: boolean,
): Promise<Picked<VersionChoice>> {
  return ui.pick<VersionChoice>({
    ...request(step, `Choose a version of ${displayName(baseName(file.path))}`),
    empty: 'No snapshot and no moment holds this file.',
    async choices() {
      const list = await lists.get(file.worktree);
      const states = await fileStates(call, file.worktree, list, file.path);
      const versions = await fileVersions(content, states, file.path);
      const choices: Choice<VersionChoice>[] = versions.map((version, at) => ({
        label: capitalized(moment(version.at, now())),
        icon: 'history',
        description: `${byteSize(version.entry.size)} · changed ${moment(version.entry.mtime, now())}`,
        value: { kind: 'version', version, before: versions[at + 1] ?? null },
      }));
      if (list.more) {
        choices.push({
          label: 'Look in older snapshots',
          icon: 'ellipsis',
          value: { kind: 'more' },
        });
      }
      if (others) {
        choices.push({
          label: 'Another file, or one that was deleted…',
          icon: 'search',
          value: { kind: 'other-file' },
        });
      }
      return choices;
    },
  });
}

/** What a person can choose while walking through the folders of a snapshot. */
export type BrowseChoice =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'this-folder'; readonly path: string };

/** Shows one folder of a snapshot; files can be chosen when `want` is `file`. */
export function pickEntry(
  { ui, content }: PickSources,
  step: Step,
  place: { readonly snapshot: SnapshotId; readonly path: string },
  want: 'file' | 'folder',
): Promise<Picked<BrowseChoice>> {
  const { snapshot, path } = place;
  const here = path === '' ? 'the top folder' : displayName(path);
  return ui.pick<BrowseChoice>({
    ...request(step, want === 'file' ? `Choose a file in ${here}` : `Choose a folder in ${here}`),
    async choices() {
      const entries = await content.folder(snapshot, path);
      const choices: Choice<BrowseChoice>[] = entries
        .filter((entry) => want === 'file' || entry.kind === 'folder')
        .filter((entry) => entry.kind !== 'nested')
        .map((entry) => entryChoice(entry, childPath(path, entry.name)));
      if (want === 'file' || path === '') return choices;
      const whole: Choice<BrowseChoice> = {
        label: 'This folder',
        icon: 'check',
        description: displayName(path),
        value: { kind: 'this-folder', path },
      };
      return [whole, ...choices];
    },
  });
}

function entryChoice(entry: TreeEntry, path: string): Choice<BrowseChoice> {
  if (entry.kind === 'folder') {
    return { label: displayName(entry.name), icon: 'folder', value: { kind: 'folder', path } };
  }
  return {
    label: displayName(entry.name),
    icon: entry.kind === 'link' ? 'file-symlink-file' : 'file',
    description:
      entry.kind === 'link' ? `→ ${displayName(entry.target ?? '')}` : byteSize(entry.size),
    value: { kind: 'file', path },
  };
}

function older(list: SnapshotList): Choice<'more'>[] {
  if (!list.more) return [];
  const shown = count(list.snapshots.length, 'snapshot');
  return [{ label: 'Load more', icon: 'ellipsis', description: `${shown} shown`, value: 'more' }];
}

function request(
  step: Step,
  placeholder: string,
): {
  title: string;
  step: readonly [number, number];
  canGoBack: boolean;
  placeholder: string;
} {
  return { title: step.title, step: step.number, canGoBack: step.canGoBack, placeholder };
}
