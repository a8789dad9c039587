import type { WorktreeInfo } from '../agent/protocol/entities';
import type { Integrity } from '../agent/protocol/store-entities';
import type { AgentState } from './agent-state';
import { count } from './format';
import { integrityDetail } from './integrity-words';
import { displayName } from './names';
import { worktreeDetails } from './worktree-words';

/** What the status bar says: an icon with words, and more in the tooltip. */
export interface StatusWords {
  readonly text: string;
  readonly heading: string;
  readonly details: readonly string[];
  readonly tone: 'plain' | 'warning' | 'error';
}

/** What the status bar knows when it is drawn. */
export interface StatusFacts {
  readonly agent: AgentState;
  readonly loaded: boolean;
  /** The worktree of the active editor or the open folder. */
  readonly worktree: WorktreeInfo | null;
  readonly hasFolder: boolean;
  /** Worktrees of other windows and folders that cannot be saved. */
  readonly troubledElsewhere: number;
  /** Of the store; null while nobody knows. */
  readonly integrity: Integrity | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Describes the protection of what the person works on. */
export function statusWords(facts: StatusFacts): StatusWords {
  const { agent } = facts;
  switch (agent.kind) {
    case 'connecting':
      return plain('$(loading~spin) Bulwark', 'Bulwark is connecting to its agent');
    case 'waiting':
      return {
        ...plain('$(loading~spin) Bulwark', 'Bulwark is connecting to its agent again'),
        details: [agent.why],
      };
    case 'stopped':
      return {
        text: '$(debug-disconnect) Bulwark is off',
        heading: 'The Bulwark agent is not running: nothing is being saved',
        details: [agent.why],
        tone: 'warning',
      };
    case 'failed':
      return {
        text: '$(error) Bulwark failed',
        heading: 'The Bulwark agent cannot start: nothing is being saved',
        details: [agent.why],
        tone: 'error',
      };
    case 'connected':
      if (!facts.loaded)
        return plain('$(loading~spin) Bulwark', 'Bulwark is reading its worktrees');
      return facts.worktree === null ? withoutWorktree(facts) : ofWorktree(facts.worktree, facts);
  }
}

function withoutWorktree(facts: StatusFacts): StatusWords {
  if (!facts.hasFolder) return plain('$(shield) Bulwark', 'Bulwark: no folder is open');
  return plain('$(circle-slash) Not Protected', 'This folder is not protected by Bulwark');
}

function ofWorktree(worktree: WorktreeInfo, facts: StatusFacts): StatusWords {
  const name = displayName(worktree.name);
  const details = [...worktreeDetails(worktree, facts.now)];
  if (facts.troubledElsewhere > 0) {
    details.push(`Also: ${count(facts.troubledElsewhere, 'other worktree')} cannot be saved`);
  }
  if (facts.integrity !== null) details.push(integrityDetail(facts.integrity, facts.now));
  if (worktree.state === 'missing') {
    return {
      text: '$(trash) Deleted',
      heading: `${name} was deleted from disk`,
      details,
      tone: 'warning',
    };
  }
  const damage = facts.integrity?.damage ?? null;
  if (damage !== null && worktree.protection.kind !== 'failing') {
    return {
      text: '$(warning) Store Damaged',
      heading: `A part of the store is damaged; ${name} is still being saved`,
      details,
      tone: 'warning',
    };
  }
  switch (worktree.protection.kind) {
    case 'current':
      return {
        text: '$(shield) Protected',
        heading: `${name} is protected`,
        details,
        tone: 'plain',
      };
    case 'pending':
      return {
        text: '$(history) Pending',
        heading: `${name} is protected; the newest changes are saved in a moment`,
        details,
        tone: 'plain',
      };
    case 'capturing':
      return {
        text: '$(sync~spin) Saving',
        heading: `${name} is being saved`,
        details,
        tone: 'plain',
      };
    case 'failing':
      return {
        text: '$(warning) Not Saving',
        heading: `${name} cannot be saved`,
        details,
        tone: 'warning',
      };
    case 'never':
      return {
        text: '$(circle-large-outline) Not Saved Yet',
        heading: `${name} has no snapshot yet`,
        details,
        tone: 'plain',
      };
  }
}

function plain(text: string, heading: string): StatusWords {
  return { text, heading, details: [], tone: 'plain' };
}
