/** What a workspace wants of merging; absent is the default. */
export interface WorkspaceRules {
  readonly conflictPolicy?: "hold" | "last_proof_wins" | undefined;
  readonly undoWindowMs?: number | undefined;
  readonly mergesPerHourMax?: number | undefined;
}

export interface Workspace extends WorkspaceRules {
  readonly id: string;
  readonly name: string;
}

export interface Workspaces {
  find(workspaceId: string): Promise<Workspace | undefined>;
  /** Holds for events from a few seconds on. */
  set(workspaceId: string, rules: WorkspaceRules): Promise<void>;
}
