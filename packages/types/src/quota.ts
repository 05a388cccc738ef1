/** Answer of `GET /v1/channels/:id/quota`: messages of this month, which LINE counts by recipient. */
export interface QuotaView {
  /** Null where LINE sets none; then nothing is ever left or over. */
  readonly limit: number | null;
  /** As far as LINE has counted, which is some time behind; of everything that sends for the account. */
  readonly used: number;
  /** People of launched campaigns who are still to be sent something. */
  readonly reserved: number;
  /** Of the limit, without what is used and reserved; never below 0. */
  readonly left: number | null;
  /** What will be used by the end of the month if it goes on as it did so far, with what is reserved. */
  readonly forecast: number;
  /** True where the forecast is over the limit. */
  readonly isShort: boolean;
  /** When LINE was asked. */
  readonly fetchedAt: string;
}
