/**
 * Answer of `POST` and `GET /v1/campaigns/:id/estimate`: whom the campaign would reach if it were launched now, by the
 * rules that sending goes by. `audience` is the sum of `reachable` and the reasons for not reaching somebody.
 */
export interface EstimateView {
  readonly campaignId: string;
  readonly state: "counting" | "done" | "failed";
  /** Why it failed. */
  readonly reason: string | null;
  /** People looked through so far, and of how many where that is known. */
  readonly progress: { readonly looked: number; readonly of: number | null };
  /** Null until it is done. */
  readonly counts: EstimateCounts | null;
  readonly askedAt: string;
  readonly endedAt: string | null;
}

export interface EstimateCounts {
  readonly audience: number;
  readonly reachable: number;
  /** They have a LINE ID and do not follow the channel. */
  readonly blocked: number;
  readonly noLineId: number;
  readonly suppressed: number;
  readonly excluded: number;
  /** Sent nothing, so that others can be compared with them. */
  readonly controlGroup: number;
  readonly noConsent: number;
  /** They have had as many messages as they may. */
  readonly overCap: number;
  /** It is quiet hours for them now, and the campaign leaves them out then; who only waits is reachable. */
  readonly quietHours: number;
  /** `sendBefore` is over. */
  readonly expired: number;
  /** A value that their words print is missing, and the content leaves them out then. */
  readonly missingAttribute: number;
  /** With what is said of them the words are blank, too long or otherwise nothing that LINE takes, or no words at all. */
  readonly renderFailed: number;
  /** Named again; of a sample, only those among the people who were counted one by one. */
  readonly duplicates: number;
  /** References to nobody, or to somebody who was erased. */
  readonly notFound: number;
  /** LINE counts people, not message objects. */
  readonly quotaNeeded: number;
  /** Of the channel's month without this campaign; null where LINE sets no limit, or cannot be asked. */
  readonly quotaLeft: number | null;
  /** How many of the needed the month has no room for; null where LINE cannot be asked. */
  readonly quotaShort: number | null;
  /** What will be used by the end of the month, this campaign included; null where LINE cannot be asked. */
  readonly quotaForecast: number | null;
  /** Whether the people beyond the first 200,000 were counted by a random sample of them. */
  readonly sample: boolean;
  /** Of a sample: `reachable` is off by no more than this with 95 % confidence; 0 where all were counted. */
  readonly margin: number;
}
