export const importFormats = ["csv", "ndjson"] as const;
export type ImportFormat = (typeof importFormats)[number];

/** `receiving` until the whole file is here, `applying` until identity has done with each of its rows. */
export type ImportState = "receiving" | "applying" | "done" | "failed" | "cancelled";

/** Answer of `GET /v1/imports/:id`. */
export interface ImportView {
  readonly id: string;
  readonly format: ImportFormat;
  readonly state: ImportState;
  /** Why it failed. */
  readonly reason: string | null;
  /** Rows looked at: those accepted and those refused. */
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  /** What became of those accepted. */
  readonly applied: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly waiting: number;
  /** How many had less than their whole effect, by why. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly createdAt: string;
  readonly receivedAt: string | null;
  readonly endedAt: string | null;
}

export const importRowOutcomes = [
  "applied",
  "waiting",
  "ignored",
  "quarantined",
  "refused",
] as const;
export type ImportRowOutcome = (typeof importRowOutcomes)[number];

/** One row of a file; the first below the header, or the first line of NDJSON, is 1. */
export interface ImportRowView {
  readonly row: number;
  readonly outcome: ImportRowOutcome;
  /** Why it had less than its whole effect, or the code of what is wrong with it. */
  readonly reason: string | null;
  readonly field: string | null;
  readonly message: string | null;
  readonly profileId: string | null;
}
