/** Somebody of whom nobody can say whether LINE has their message, in `GET /v1/unknowns`. Nothing repeats it by itself. */
export interface UnknownView {
  /** Null for a message on its own that is part of no campaign. */
  readonly campaignId: string | null;
  /** Of a campaign of ours; what a message on its own says it is part of has no name here. */
  readonly campaignName: string | null;
  /** Null in a campaign: its people have no messages of their own. */
  readonly messageId: string | null;
  readonly channelId: string;
  /** Null for whoever was erased. */
  readonly profileId: string | null;
  /** As it is now: of merged people the survivor's. */
  readonly externalId: string | null;
  /** How the audience or the message named the person, where it was by a reference. */
  readonly ref: string | null;
  readonly lineUserId: string | null;
  readonly reason: string | null;
  /** When LINE was asked for the first time. */
  readonly firstAttemptAt: string | null;
  /** When asking ended. */
  readonly parkedAt: string | null;
  readonly erased: boolean;
  /** What to do, and how to send again on purpose. */
  readonly advice: string;
}
