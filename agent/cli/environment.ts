import type { Clock } from '../support/clock';
import type { Disposable } from '../support/emitter';
import type { Rescue } from './rescue';

/** Where text goes: a terminal, a pipe or a file. */
export type TextStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** The signals that ask a command to stop; `SIGPIPE` stands for a reader that left. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** An agent that runs inside this process. */
export interface ForegroundAgent {
  /** Settles when the agent has closed everything, whatever made it leave. */
  readonly ended: Promise<void>;
}

/** How a program ended that this command ran. */
export interface ChildEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that this command runs in the same terminal. */
export interface Child {
  /** Rejects when it could not be started. */
  readonly ended: Promise<ChildEnd>;
  kill(signal: NodeJS.Signals): void;
}

/** Everything that the command line takes from the machine; tests pass their own. */
export interface CliEnvironment {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    /** Of a terminal: whether it hands on each key, and shows none. */
    setRawMode?(mode: boolean): unknown;
  };
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: NodeJS.ProcessEnv;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  readonly homedir: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** Version of this program. */
  readonly version: string;
  /** The runtime that runs `agentScript`. */
  readonly execPath: string;
  /** The bundled program; with the argument `agent` it is the agent. */
  readonly agentScript: string;
  /**
   * Runs the agent in this process and resolves when it listens.
   * It leaves when `signal` is aborted or a client asks it to, not because it is idle.
   */
  runAgent(options: {
    readonly home: string;
    readonly signal: AbortSignal;
    /** Of the store, if it has one and somebody told it. */
    readonly passphrase: string | null;
  }): Promise<ForegroundAgent>;
  /**
   * Runs a program with this command's input and output.
   * @param quietStdout what it writes to standard output goes to standard error
   */
  runChild(
    command: readonly [string, ...string[]],
    options: { readonly cwd: string; readonly quietStdout: boolean },
  ): Child;
  /** What helps when no agent can run. */
  readonly rescue: Rescue;
  /** Calls `listener` for each stop signal until disposed; meanwhile the signal does not end the process. */
  onStopSignal(listener: (signal: StopSignal) => void): Disposable;
}
