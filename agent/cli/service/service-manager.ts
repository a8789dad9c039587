/** What a service of the user runs. */
export interface ServiceSpec {
  readonly command: Command;
  /** Variables that it needs beside those that every program of the user has. */
  readonly env: Readonly<Record<string, string>>;
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What a system runs for a user by itself, as that system has it. */
export interface ServiceManager {
  /** For people. */
  readonly name: string;
  /** Where its file is. */
  readonly file: string;
  /** What is in the file. */
  content(spec: ServiceSpec): Uint8Array;
  /** Commands that take the file up and start the service, in their order. */
  readonly install: readonly Command[];
  /** Commands that stop the service and let go of the file, which is removed afterwards. */
  readonly uninstall: readonly Command[];
  /** Succeeds when the service runs. */
  readonly isRunning: Command;
  /** What people should know beside. */
  readonly hint: string | null;
}
