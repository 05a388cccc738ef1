/** Answer of `GET /v1/usage`: people, each counted once however many LINE IDs and old profiles they have. */
export interface UsageView {
  /** With an external id. */
  readonly identified: number;
  readonly anonymous: number;
  /** Of all of them, those who follow at least one channel. */
  readonly reachable: number;
  readonly at: string;
  /** The newest first; a month is UTC's. */
  readonly months: readonly {
    readonly month: string;
    readonly identifiedPeak: number;
    readonly totalPeak: number;
    readonly reachablePeak: number;
  }[];
}
