import {
  hasVariants,
  type CampaignMetrics,
  type CampaignState,
  type CampaignTestView,
  type CampaignView,
  type OutcomeCounts,
  type RecipientView,
  type SeriesPoint,
} from "@yubin/types";

import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";
import { clicksText, sumOfClicks } from "./clicks-text.ts";
import { capText, quietText } from "./rule-text.ts";

export const campaignColumns: readonly Column<CampaignView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "NAME", of: ({ name }) => name },
  { title: "STATE", of: ({ state }) => state },
  { title: "REASON", of: ({ stateReason }) => stateReason },
  { title: "CHANNEL", of: ({ channelId }) => channelId },
  { title: "AUDIENCE", of: audienceOf },
  { title: "LAUNCHED", of: ({ launchedAt }) => launchedAt },
  { title: "ENDED", of: ({ endedAt }) => endedAt },
];

function audienceOf({ audience }: CampaignView): string {
  return audience.type === "refs" ? `${audience.refs.length} references` : audience.type;
}

/** What a campaign is; its content as JSON, since that is what people write it in. */
export const campaignText = (campaign: CampaignView): string =>
  [
    campaign.id,
    `name      ${visibleText(campaign.name)}`,
    `state     ${campaign.state}${because(campaign.stateReason)}`,
    `channel   ${campaign.channelId}`,
    `audience  ${audienceOf(campaign)}`,
    ...variantsOf(campaign),
    ...(campaign.purpose === null ? [] : [`purpose   ${visibleText(campaign.purpose)}`]),
    ...(campaign.startsAt === null ? [] : [`starts    ${campaign.startsAt}`]),
    ...(campaign.sendBefore === null ? [] : [`ends by   ${campaign.sendBefore}`]),
    ...(campaign.quietHours === null ? [] : [`quiet     ${quietText(campaign.quietHours)}`]),
    ...(campaign.cap === null ? [] : [`cap       ${capText(campaign.cap)}`]),
    ...(campaign.tracking === "off" ? [] : [`clicks    counted by ${campaign.tracking}`]),
    `quota     ${quotaLine(campaign)}`,
    `created   ${campaign.createdAt}`,
    `launched  ${campaign.launchedAt ?? "not yet"}`,
    ...(campaign.endedAt === null ? [] : [`ended     ${campaign.endedAt}`]),
    "content",
    JSON.stringify(campaign.content, null, 2),
  ].join("\n");

/** Who of a hundred gets what. */
const variantsOf = ({ content }: CampaignView): string[] => {
  if (!hasVariants(content)) return [];
  const { variants, controlPercent } = content;
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  const shares = variants.map(
    ({ name, weight }) =>
      `${visibleText(name)} ${percent(weight * (100 - controlPercent), total * 100)}`,
  );
  const control = controlPercent > 0 ? [`control ${percent(controlPercent, 100)}`] : [];
  return [`variants  ${[...shares, ...control].join(", ")}`];
};

/** One message of a test. */
export const testText = ({ id, to, variant }: CampaignTestView["data"][number]): string =>
  [id, visibleText(to), ...(variant === null ? [] : [visibleText(variant)])].join("  ");

/** What it does where the month is short, what was counted, and what it waits for. */
const quotaLine = ({ quota, quotaStatus }: CampaignView): string => {
  const { choice, needed, left, short, trimmed, waitsFor, resumesAt } = quotaStatus;
  return [
    quota ?? `as the workspace says${choice === null ? "" : `: ${choice}`}`,
    ...(needed === null ? [] : [`${needed} needed, ${left ?? "no limit"} left`]),
    ...(short === null || short === 0 ? [] : [`${short} short`]),
    ...(trimmed === 0 ? [] : [`${trimmed} left out`]),
    ...(waitsFor === "resume" ? ["waits to be resumed"] : []),
    ...(resumesAt === null ? [] : [`goes on when there is room, at ${resumesAt} at the latest`]),
  ].join("; ");
};

/** One line that says what an action came to. */
export const stateText = ({ id, name, state, stateReason }: CampaignView): string =>
  `${id} (${visibleText(name)}) is ${state}${because(stateReason)}`;

/** What stopping it does not take back. */
export const mayHaveIt = (sending: number): string =>
  `LINE was asked to send it to ${sending} of those queued and has not answered yet: they may have it`;

const because = (reason: string | null): string =>
  reason === null ? "" : `: ${visibleText(reason)}`;

/** It will go on by itself. */
export const isUnderWay = (state: CampaignState): boolean =>
  state === "scheduled" || state === "planning" || state === "sending";

export const progressOf = ({
  state,
  stateReason,
  planned,
  totals,
  sending,
}: CampaignMetrics): string => {
  const settled = totals.audience - totals.queued;
  const share = totals.audience === 0 ? "" : ` (${percent(settled, totals.audience)})`;
  const more = planned ? "" : " so far";
  const others = (["refused", "skipped", "cancelled", "unknown"] as const)
    .filter((name) => totals[name] > 0)
    .map((name) => `, ${totals[name]} ${name}`)
    .join("");
  const asked = sending > 0 ? `, ${sending} sending` : "";
  return `${state}${because(stateReason)}: ${settled} of ${totals.audience}${more}${share}, ${totals.accepted} accepted${others}${asked}`;
};

interface Counted {
  readonly name: string;
  readonly people: number;
  readonly share: string;
}

const outcomeColumns: readonly Column<Counted>[] = [
  { title: "OUTCOME", of: ({ name }) => name },
  { title: "PEOPLE", of: ({ people }) => people },
  { title: "SHARE", of: ({ share }) => share },
];
const reasonColumns: readonly Column<Counted>[] = [
  { title: "REASON", of: ({ name }) => name },
  { title: "PEOPLE", of: ({ people }) => people },
  { title: "SHARE", of: ({ share }) => share },
];

type Variant = CampaignMetrics["variants"][number];

const variantColumns: readonly Column<Variant>[] = [
  { title: "VARIANT", of: ({ name }) => name },
  { title: "WEIGHT", of: ({ weight }) => weight },
  { title: "PEOPLE", of: ({ totals }) => totals.audience },
  { title: "QUEUED", of: ({ totals }) => totals.queued },
  { title: "ACCEPTED", of: ({ totals }) => totals.accepted },
  {
    title: "SHARE",
    of: ({ totals }) => (totals.audience === 0 ? "" : percent(totals.accepted, totals.audience)),
  },
  { title: "REFUSED", of: ({ totals }) => totals.refused },
  { title: "SKIPPED", of: ({ totals }) => totals.skipped },
  { title: "CANCELLED", of: ({ totals }) => totals.cancelled },
  { title: "UNKNOWN", of: ({ totals }) => totals.unknown },
];

const shownCounts = [
  "audience",
  "queued",
  "accepted",
  "refused",
  "skipped",
  "cancelled",
  "unknown",
] as const satisfies readonly (keyof OutcomeCounts)[];

/** What became of everybody, and why. `accepted` is by LINE: nobody can know what was seen. */
export const metricsText = (id: string, metrics: CampaignMetrics, out: Output): string => {
  const { state, stateReason, planned, totals, sending, reasons, variants, clicks } = metrics;
  const counted = (name: string, people: number): Counted => ({
    name,
    people,
    share: totals.audience === 0 ? "" : percent(people, totals.audience),
  });
  const outcomes = shownCounts.map((name) => counted(name, totals[name]));
  const why = Object.entries(reasons).map(([reason, people]) => counted(reason, people));
  const soFar = planned || state === "draft" ? "" : " (so far: it is still planned)";
  return [
    `${id} is ${state}${because(stateReason)}${soFar}`,
    "",
    out.table(outcomes, outcomeColumns),
    ...(sending > 0 ? ["", mayHaveIt(sending)] : []),
    ...(variants.length > 0 ? ["", out.table(variants, variantColumns)] : []),
    ...(why.length > 0 ? ["", out.table(why, reasonColumns)] : []),
    ...(clicks === null ? [] : ["", clicksText(clicks, out)]),
    ...variants.flatMap(({ name, clicks: ofThese }) =>
      ofThese === null || ofThese.clicks === null
        ? []
        : ["", `${visibleText(name)}: ${clicksText(ofThese, out)}`],
    ),
    ...(totals.unknown > 0
      ? ["", `What to do about those unknown: yubin unknowns --campaign ${id}`]
      : []),
  ].join("\n");
};

export const seriesColumns: readonly Column<SeriesPoint>[] = [
  { title: "FROM", of: ({ at }) => at },
  { title: "ACCEPTED", of: ({ accepted }) => accepted },
  { title: "REFUSED", of: ({ refused }) => refused },
  { title: "SKIPPED", of: ({ skipped }) => skipped },
  { title: "CANCELLED", of: ({ cancelled }) => cancelled },
  { title: "UNKNOWN", of: ({ unknown }) => unknown },
];

const percent = (part: number, whole: number): string =>
  `${(Math.floor((part * 1_000) / whole) / 10).toFixed(1)} %`;

export const recipientColumns: readonly Column<RecipientView>[] = [
  { title: "PROFILE", of: ({ profileId, erased }) => (erased ? "erased" : profileId), whole: true },
  { title: "EXTERNAL ID", of: ({ externalId }) => externalId },
  { title: "REFERENCE", of: ({ ref }) => ref },
  { title: "LINE ID", of: ({ lineUserId }) => lineUserId },
  { title: "VARIANT", of: ({ variant }) => variant },
  { title: "STATE", of: ({ state }) => state },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "SETTLED", of: ({ settledAt }) => settledAt },
  { title: "CLICKS", of: ({ clicks }) => clicks && sumOfClicks(clicks) },
  { title: "LINE REQUEST", of: ({ lineRequestId }) => lineRequestId },
  { title: "ADVICE", of: ({ advice }) => advice },
  { title: "LINE SAID", of: ({ detail }) => detail },
];
