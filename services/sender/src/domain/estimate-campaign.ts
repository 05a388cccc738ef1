import { isWalked, rulesFor, type EstimateCounts } from "@yubin/types";

import type { Recipient } from "./batch.ts";
import { decideAll } from "./decide-all.ts";
import { createWalkPages, readNext, type PlanPeopleDeps } from "./plan-people.ts";
import { judgeCaps } from "./judge-caps.ts";
import { createJudgeWords, type JudgeWords, type JudgeWordsDeps } from "./judge-words.ts";
import type {
  Campaign,
  CampaignRef,
  Channel,
  Channels,
  Contacts,
  People,
  RulesOf,
} from "./ports.ts";
import {
  addCounted,
  addPassed,
  addSampled,
  emptyTally,
  estimateFrom,
  kindOf,
  kindOfPlanned,
  type EstimateKind,
} from "./tally-estimate.ts";

/** An estimate that this process counts. */
export interface OpenEstimate extends CampaignRef {
  readonly run: string;
  readonly token: string;
}

export interface EstimateDeps extends Omit<PlanPeopleDeps, "plans" | "batchSizes">, JudgeWordsDeps {
  readonly estimates: {
    /** Undefined where it has ended or somebody else counts. */
    take(
      ref: CampaignRef,
      claim: { readonly token: string; readonly now: Date; readonly until: Date },
    ): Promise<OpenEstimate | undefined>;
    /** False where it was asked anew, or somebody else counts by now. */
    progress(
      estimate: OpenEstimate,
      far: { readonly looked: number; readonly total: number | null; readonly until: Date },
    ): Promise<boolean>;
    end(
      estimate: OpenEstimate,
      how: { readonly counts: EstimateCounts } | { readonly failed: string },
      now: Date,
    ): Promise<void>;
  };
  readonly findCampaign: (ref: CampaignRef) => Promise<Campaign | undefined>;
  readonly channels: Pick<Channels, "find">;
  readonly people: People;
  readonly contacts: Contacts;
  readonly rulesOf: RulesOf;
  readonly random: () => number;
  readonly newToken: () => string;
  /** People who are counted one by one; beyond, one page in `sampleEvery` is. */
  readonly exactMax: number;
}

export type Estimated = "obsolete" | "done" | "again";

const pagePeople = 500;
const sampleEvery = 10;
const leaseMs = 20_000;
const tellEveryMs = 1_000;

/** Counts whom a campaign would reach, as planning and sending would decide now. Writes nothing but the estimate. */
export const estimateCampaign = async (
  deps: EstimateDeps,
  ref: CampaignRef,
  signal: AbortSignal,
): Promise<Estimated> => {
  const until = (): Date => new Date(deps.now().getTime() + leaseMs);
  const claim = { token: deps.newToken(), now: deps.now(), until: until() };
  const estimate = await deps.estimates.take(ref, claim);
  if (!estimate) return "obsolete";
  const campaign = await deps.findCampaign(ref);
  const channel = campaign && (await deps.channels.find(campaign.workspaceId, campaign.channelId));
  if (!campaign || !channel) {
    await deps.estimates.end(
      estimate,
      { failed: campaign ? "channel_gone" : "not_found" },
      deps.now(),
    );
    return "done";
  }
  const total = totalOf(campaign);
  let toldAt = deps.now().getTime();
  let looked = 0;
  const goesOn = async (people: number): Promise<"yes" | "again" | "obsolete"> => {
    looked += people;
    if (signal.aborted) {
      await deps.estimates.progress(estimate, { looked, total, until: deps.now() });
      return "again";
    }
    if (deps.now().getTime() - toldAt < tellEveryMs) return "yes";
    toldAt = deps.now().getTime();
    const isOurs = await deps.estimates.progress(estimate, { looked, total, until: until() });
    return isOurs ? "yes" : "obsolete";
  };
  const counted = await count(deps, { campaign, channel }, goesOn);
  if (typeof counted === "string") return counted;
  await deps.estimates.end(estimate, { counts: counted }, deps.now());
  return "done";
};

/** How many there are to look at, where that is known before. */
const totalOf = ({ audience, list }: Campaign): number | null => {
  if (audience.type === "refs") return audience.refs.length;
  return audience.type === "list" ? (list?.rows ?? 0) : null;
};

interface Circumstances {
  readonly campaign: Campaign;
  readonly channel: Channel;
}

const count = async (
  deps: EstimateDeps,
  circumstances: Circumstances,
  goesOn: (people: number) => Promise<"yes" | "again" | "obsolete">,
): Promise<EstimateCounts | "again" | "obsolete"> => {
  const { campaign } = circumstances;
  const seen = createSeen(deps.exactMax);
  const reading: PlanPeopleDeps = {
    audience: deps.audience,
    now: deps.now,
    plans: { placed: async (_, ids) => seen.among(ids) },
    batchSizes: { personal: pagePeople, multicast: pagePeople },
  };
  const walk = createWalkPages(deps.audience, campaign);
  const isDrawn = createDraw(deps.random);
  const judging = { ...circumstances, judgeWords: createJudgeWords(deps, circumstances) };
  try {
    let tally = emptyTally;
    let looked = 0;
    for (let cursor: string | null = null; ;) {
      const page = await readNext(reading, campaign, { cursor, walk });
      if (!page) return estimateFrom(tally);
      cursor = page.cursor;
      const isExact = looked < deps.exactMax;
      if (isExact || isDrawn()) {
        const recipients = await page.recipients();
        // Who walks meets nobody twice.
        if (!isWalked(campaign.audience)) seen.add(recipients);
        const kinds = await kindsOf(deps, judging, recipients);
        tally = isExact ? addCounted(tally, kinds) : addSampled(tally, kinds);
      } else tally = addPassed(tally, page.count);
      looked += page.count;
      const answer = await goesOn(page.count);
      if (answer !== "yes") return answer;
    }
  } finally {
    await walk.close();
  }
};

/** People who were met, as far as they are counted one by one: so many are held in memory and no more. */
const createSeen = (max: number) => {
  const ids = new Set<string>();
  return {
    among: (asked: readonly string[]) => new Set(asked.filter((id) => ids.has(id))),
    add: (recipients: readonly Recipient[]) => {
      for (const { profileId } of recipients)
        if (profileId !== undefined && ids.size < max) ids.add(profileId);
    },
  };
};

/** One of each ten, at random: so many, and no pattern in the order of people meets it. */
const createDraw = (random: () => number): (() => boolean) => {
  let [place, drawn] = [0, 0];
  return () => {
    if (place === 0) drawn = Math.floor(random() * sampleEvery);
    const is = place === drawn;
    place = (place + 1) % sampleEvery;
    return is;
  };
};

const kindsOf = async (
  deps: EstimateDeps,
  { campaign, channel, judgeWords }: Circumstances & { readonly judgeWords: JudgeWords },
  recipients: readonly Recipient[],
): Promise<EstimateKind[]> => {
  const waiting = [...recipients.entries()].filter(([, { outcome }]) => outcome === undefined);
  const found = await deps.people.find(
    campaign.workspaceId,
    waiting.map(([, recipient]) => recipient),
    campaign.personal ? "words" : "address",
  );
  const { workspaceId, id } = campaign;
  const now = deps.now();
  const rules = rulesFor(campaign.asked, await deps.rulesOf(workspaceId), { isCampaign: true });
  const alone = decideAll(
    { recipients },
    waiting.map(([index], place) => ({ index, person: found[place] })),
    channel,
    { rules, now },
  );
  const ours = { workspaceId, campaignId: id, id };
  const decided = await judgeCaps(deps, ours, { decided: alone, gate: { rules }, now });
  const failed = await judgeWords(recipients, decided);
  return [
    ...decided.map(({ index, decision }) =>
      kindOf({
        skipped: decision.kind === "skip" ? decision.reason : undefined,
        failed: failed.get(index),
      }),
    ),
    ...recipients
      .filter(({ outcome }) => outcome !== undefined)
      .map(({ reason }) => kindOfPlanned(reason)),
  ];
};
