import type { FrequencyCap, QuietHours, QuotaChoice } from "@yubin/types";

/** What a workspace wants of merging and of sending; absent is the default. */
export interface WorkspaceRules {
  readonly conflictPolicy?: "hold" | "last_proof_wins" | undefined;
  readonly undoWindowMs?: number | undefined;
  readonly mergesPerHourMax?: number | undefined;
  readonly quietHours?: QuietHours | null | undefined;
  readonly cap?: FrequencyCap | null | undefined;
  readonly quota?: QuotaChoice | undefined;
  readonly consentRequired?: readonly string[] | undefined;
}

export interface Workspace extends WorkspaceRules {
  readonly id: string;
  readonly name: string;
}

export interface Workspaces {
  find(workspaceId: string): Promise<Workspace | undefined>;
  /** Holds from a few seconds on. */
  set(workspaceId: string, rules: WorkspaceRules): Promise<void>;
}
