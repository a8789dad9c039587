import type { Clock } from '../../support/clock';
import type { AgentLink } from './agent-link';

export interface McpOptions {
  readonly link: AgentLink;
  readonly version: string;
  /** The folder that the client started the server in. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Told who the client is, as soon as it said so. */
  readonly onClient: (who: string) => void;
}
