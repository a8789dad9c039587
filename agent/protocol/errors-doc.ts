import type { MethodName } from './methods';
import type { Reason } from './reasons';

/** What each reason means, for people who write clients. */
export const REASON_MEANINGS: Readonly<Record<Reason, string>> = {
  'path-missing': 'A path is not there.',
  'path-unreadable': 'A path is there and cannot be read.',
  'path-refused':
    'A path that is never protected or written to: `/`, a home folder, a link that leads out.',
  'not-a-directory': 'A folder was expected.',
  'not-protected': 'The folder is not protected; `worktree/protect` changes that.',
  'not-a-repository': 'The folder belongs to no git repository.',
  'disk-full': 'No space left, or less than the floor that is kept free. Nothing was lost.',
  'permission-denied': 'The user may not read or write something.',
  'snapshot-unknown': 'No snapshot has such an id.',
  'snapshot-ambiguous': 'Several snapshots have ids that begin so.',
  'entry-missing': 'The snapshot has no such file or folder.',
  'nothing-to-undo': 'No restore is left that could be undone.',
  'restore-refused': 'The plan cannot be carried out safely. Nothing was changed.',
  'restore-failed': 'The restore stopped and was taken back.',
  'plan-stale': 'The files changed since the plan was made, or the plan is forgotten. Plan again.',
  'verification-failed': 'What was written does not read back the same.',
  'store-locked': 'Another process has the store open.',
  'store-damaged': 'The store cannot be read as a whole; `store/verify` tells what is hurt.',
  'store-closed': 'The agent is leaving and has closed its store.',
  'wrong-key': 'The key does not open this store.',
  'key-missing': 'There is no key for this store.',
  'codec-missing': 'Something was compressed by a codec that this agent does not have.',
  'pack-damaged': 'A pack has bytes that do not verify.',
  'blob-missing': 'The content of a file is not in the store.',
  'settings-invalid': 'A setting or settings file is wrong.',
  'agent-unreachable': 'Made by clients: nobody listens, or the connection ended.',
  'agent-draining': 'The agent is about to leave and takes no new work. Connect again in a moment.',
  unauthorized: 'Made by clients: the handshake was refused (401, 403).',
  'protocol-error': 'The message is no request of this protocol, or there is no such method.',
  'invalid-params': 'Parameters of the wrong type; `details.fields` names them.',
  'too-large': 'An answer would be larger than a message may be. Ask for a part.',
  busy: 'Too many messages, requests or connections. Wait, then try again.',
  cancelled: 'The client asked to stop. Nothing is half done.',
  timeout: 'It took too long and was given up.',
  'git-missing': 'There is no git program.',
  'git-too-old': 'The git program is older than the oldest that is supported.',
  'git-failed': 'A git command failed; `details` has what it said.',
  'git-timeout': 'A git command did not end in time.',
  'git-dubious-ownership': 'git refuses the repository because somebody else owns it.',
  usage: 'Made by the command line: the command makes no sense.',
  internal: 'A fault of the agent. Its log has the details.',
};

/** Reasons that any request can fail with. */
export const COMMON_REASONS: readonly Reason[] = [
  'invalid-params',
  'protocol-error',
  'busy',
  'cancelled',
  'agent-draining',
  'store-closed',
  'too-large',
  'internal',
];

const GIT: readonly Reason[] = [
  'git-missing',
  'git-too-old',
  'git-failed',
  'git-timeout',
  'git-dubious-ownership',
];
const PLACE: readonly Reason[] = [
  'path-missing',
  'path-unreadable',
  'not-a-directory',
  'permission-denied',
];
const SNAPSHOT: readonly Reason[] = ['snapshot-unknown', 'snapshot-ambiguous', 'not-protected'];
const READ: readonly Reason[] = ['store-damaged', 'pack-damaged', 'blob-missing', 'codec-missing'];
const WRITE: readonly Reason[] = ['disk-full', 'permission-denied'];

/** Reasons that a client should expect from each method, beside the common ones. */
export const METHOD_REASONS: Readonly<Record<MethodName, readonly Reason[]>> = {
  'client/identify': [],
  'agent/status': [],
  'agent/drain': [],
  'worktree/protect': [...PLACE, 'path-refused', 'disk-full', ...GIT],
  'worktree/unprotect': ['not-protected'],
  'worktree/list': [],
  'snapshot/create': ['not-protected', ...PLACE, 'disk-full', ...GIT],
  'snapshot/list': ['not-protected'],
  'snapshot/show': SNAPSHOT,
  'snapshot/diff': [...SNAPSHOT, ...PLACE, ...READ],
  'snapshot/readFolder': [...SNAPSHOT, 'entry-missing', 'not-a-directory', ...READ],
  'snapshot/stat': [...SNAPSHOT, 'entry-missing', ...READ],
  'snapshot/readFile': [...SNAPSHOT, 'entry-missing', ...READ],
  'journal/list': ['not-protected', ...READ],
  'journal/moment': [...SNAPSHOT, 'nothing-to-undo'],
  'restore/plan': [
    ...SNAPSHOT,
    'entry-missing',
    ...PLACE,
    'path-refused',
    'restore-refused',
    ...READ,
  ],
  'restore/apply': [
    'plan-stale',
    'restore-refused',
    'restore-failed',
    'verification-failed',
    ...WRITE,
    ...READ,
    ...GIT,
  ],
  'restore/undo': [
    'nothing-to-undo',
    'restore-refused',
    'restore-failed',
    'verification-failed',
    ...WRITE,
    ...READ,
    ...GIT,
  ],
  'restore/history': [],
  'store/verify': ['permission-denied'],
  'store/stats': [],
  'store/rebuildCatalog': [...WRITE, 'store-damaged'],
  'store/exportKey': ['key-missing', 'permission-denied'],
  'event/since': [],
  'notice/claim': [],
};
