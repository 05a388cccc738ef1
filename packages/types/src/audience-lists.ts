import type { ImportFormat } from "./imports.ts";

/** `receiving` until the whole file is here; `replaced` when a later one is in use. */
export type AudienceListState = "receiving" | "received" | "failed" | "replaced";

/** Answer of `POST /v1/campaigns/:id/audience` and `GET /v1/campaigns/:id/audience/:listId`. */
export interface AudienceListView {
  readonly id: string;
  readonly campaignId: string;
  readonly format: ImportFormat;
  readonly state: AudienceListState;
  /** Why it failed. */
  readonly reason: string | null;
  /** Rows looked at: those accepted, which become recipients, and those refused, which do not. */
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  /** What is wrong with the first 1,000 of those refused, by number and without their values. */
  readonly problems: readonly {
    readonly row: number;
    readonly code: string;
    readonly field: string | null;
    readonly message: string;
  }[];
  readonly createdAt: string;
  readonly endedAt: string | null;
}
