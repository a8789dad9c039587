/** What a program asks for that is written down; named as the requests of the protocol are. */
export type AuditedRequest =
  | 'component/register'
  | 'component/unregister'
  | 'recovery/start'
  | 'recovery/approve'
  | 'recovery/cancel'
  | 'data-source/register'
  | 'data-source/unregister'
  | 'worktree/protect'
  | 'worktree/unprotect'
  | 'snapshot/create'
  | 'restore/apply'
  | 'restore/undo';

/** Does something, and writes down what was asked and what became of it. */
export type Audited = <T>(
  request: AuditedRequest,
  params: object,
  work: () => Promise<T>,
) => Promise<T>;
