/** A chart of the page, and what of the agent's figures it shows. */
export interface ChartKind {
  readonly section: string;
  readonly title: string;
  readonly help: string;
  /** Name of a metric of `metrics/list`; also the chart's id. */
  readonly metric: string;
  /** Beginnings of the faults that are told beside it. */
  readonly faults: readonly string[];
}

const MACHINE = 'This Machine';
const WORKTREES = 'Worktrees';
/** The section that is there only where there are some. */
export const COMPONENTS = 'Components';
const AGENT = 'Bulwark’s Agent';

/** The charts of the page, in their order. */
export const CHARTS: readonly ChartKind[] = [
  {
    section: MACHINE,
    title: 'CPU',
    help: 'Use of all processors',
    metric: 'machine.cpu',
    faults: [],
  },
  {
    section: MACHINE,
    title: 'Memory',
    help: 'Memory that programs cannot get',
    metric: 'machine.memory-used',
    faults: ['machine.memory'],
  },
  {
    section: MACHINE,
    title: 'Disks',
    help: 'Used part of each disk that holds something of yours',
    metric: 'machine.disk-used',
    faults: ['machine.disk', 'machine.inodes'],
  },
  {
    section: WORKTREES,
    title: 'Age of Unsaved Changes',
    help: 'Of the oldest change of each worktree that is not kept yet: what a crash would cost',
    metric: 'worktree.journal-behind',
    faults: ['worktree.journal-behind', 'worktree.protection-failing'],
  },
  {
    section: WORKTREES,
    title: 'Changes Kept',
    help: 'Changes a second that were written to the journal',
    metric: 'journal.records',
    faults: [],
  },
  {
    section: COMPONENTS,
    title: 'Response Time',
    help: 'Of the last checks of each component: 95 of 100 were faster',
    metric: 'component.response-p95',
    faults: ['component.slow'],
  },
  {
    section: COMPONENTS,
    title: 'Errors',
    help: 'Part of the last checks of each component that failed',
    metric: 'component.error-rate',
    faults: ['component.down', 'component.failed', 'component.errors'],
  },
  {
    section: AGENT,
    title: 'Memory of the Agent',
    help: 'Resident memory',
    metric: 'agent.memory',
    faults: ['agent.memory'],
  },
  {
    section: AGENT,
    title: 'Delay of the Agent',
    help: 'How late its event loop was; 99 of 100 times it was less',
    metric: 'agent.loop-delay',
    faults: ['agent.slow'],
  },
  {
    section: AGENT,
    title: 'Store',
    help: 'Size of all that is kept',
    metric: 'store.size',
    faults: [],
  },
];
