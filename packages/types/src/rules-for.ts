import type { QuotaChoice } from "./quota.ts";
import { quietUntil, zoneOf } from "./quiet-hours.ts";
import type { FrequencyCap, QuietHours, SendRulesAsked } from "./send-rules.ts";

/** What decides, besides the person, whether something is sent at a moment. */
export interface SendRules {
  readonly purpose: string | null;
  /** Whoever has not said anything about the purpose has not agreed to it. */
  readonly needsConsent: boolean;
  readonly sendBefore: Date | null;
  readonly quietHours: QuietHours | null;
  readonly cap: FrequencyCap | null;
}

/** What a workspace says about everything that does not say otherwise. */
export interface WorkspaceRules {
  readonly quietHours: QuietHours | null;
  readonly cap: FrequencyCap | null;
  readonly consentRequired: readonly string[];
  readonly quota: QuotaChoice;
}

/** What a workspace has said, or what holds where it has not. */
export const workspaceRulesOf = ({
  quietHours = null,
  cap = null,
  consentRequired = [],
  quota = "stop",
}: {
  readonly [Rule in keyof WorkspaceRules]?: WorkspaceRules[Rule] | undefined;
}): WorkspaceRules => ({ quietHours, cap, consentRequired, quota });

/** What is asked for one campaign or message; what it does not say the workspace does. */
export interface AskedRules extends SendRulesAsked {
  readonly purpose: string | null;
}

/**
 * A message on its own without a purpose is one that the person waits for, such as a receipt: what the workspace says
 * about disturbing people is not about those.
 */
export const rulesFor = (
  asked: AskedRules,
  workspace: WorkspaceRules,
  { isCampaign }: { readonly isCampaign: boolean },
): SendRules => {
  const { purpose, sendBefore } = asked;
  const standard = isCampaign || purpose !== null ? workspace : none;
  return {
    purpose,
    needsConsent: purpose !== null && workspace.consentRequired.includes(purpose),
    sendBefore,
    quietHours: askedOr(asked.quietHours, standard.quietHours),
    cap: askedOr(asked.cap, standard.cap),
  };
};

const none = { quietHours: null, cap: null };

const askedOr = <Rule>(
  asked: Rule | "none" | null | undefined,
  standard: Rule | null,
): Rule | null => (asked === "none" ? null : (asked ?? standard));

export const noRules: SendRules = {
  purpose: null,
  needsConsent: false,
  sendBefore: null,
  quietHours: null,
  cap: null,
};

export const isExpired = ({ sendBefore }: SendRules, now: Date): boolean =>
  sendBefore !== null && now >= sendBefore;

/** By purpose; of a purpose that is not in it nothing is known. */
export type Consents = Readonly<Record<string, { readonly granted: boolean }>>;

export const mayFor = (
  { consents }: { readonly consents: Consents },
  { purpose, needsConsent }: SendRules,
): boolean => {
  if (purpose === null) return true;
  const granted = Object.hasOwn(consents, purpose) ? consents[purpose]?.granted : undefined;
  return granted ?? !needsConsent;
};

export type Quiet =
  | { readonly kind: "quiet"; readonly until: Date }
  /** Left out: as the rule says, or because it would be too late when they are over. */
  | { readonly kind: "left_out" };

/** What the quiet hours say about a person at a moment; undefined where it may be sent. */
export const quietFor = (
  { traits }: { readonly traits: Readonly<Record<string, unknown>> },
  { quietHours, sendBefore }: SendRules,
  now: Date,
): Quiet | undefined => {
  if (!quietHours) return undefined;
  const until = quietUntil(quietHours, zoneOf(traits, quietHours), now);
  if (!until) return undefined;
  const isTooLate = sendBefore !== null && until >= sendBefore;
  return quietHours.do === "skip" || isTooLate ? { kind: "left_out" } : { kind: "quiet", until };
};
