/** What helps when no agent can run; done in this process. */
export interface Rescue {
  /** Guards a store anew with its recovery key. @returns the key file, or null with a passphrase */
  importKey(request: {
    readonly home: string;
    readonly recoveryKey: string;
    readonly passphrase: string | null;
  }): Promise<{ readonly keyFile: string | null }>;
  /** Makes the store again from a replica and reads it back. */
  recover(request: RecoverRequest): Promise<RecoverOutcome>;
}

export interface RecoverRequest {
  /** Folder of the agent's state that the store goes to. */
  readonly home: string;
  /** Absolute folder of the replica. */
  readonly from: string;
  readonly recoveryKey: string;
  /** What guards the new store; null for a key file. */
  readonly passphrase: string | null;
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly progress: (phase: 'copying' | 'verifying', done: number, total: number) => void;
}

/** A recovered store. Bytes, ms since 1970. */
export interface RecoverOutcome {
  readonly storeId: string;
  readonly storePath: string;
  /** An `older` key opens only what was written before it was replaced. */
  readonly standing: 'newest' | 'older';
  readonly packs: number;
  readonly bytes: number;
  readonly leftBehind: number;
  readonly movedTo: string | null;
  readonly sources: readonly {
    readonly path: string;
    readonly kind: string;
    readonly snapshots: number;
    readonly newest: { readonly id: string; readonly createdAt: number };
  }[];
  readonly report: {
    readonly ok: boolean;
    readonly errors: readonly {
      readonly what: string;
      readonly where: string;
      readonly message: string;
      readonly snapshots: readonly string[];
    }[];
  };
}
