import type { ProfileView, TimelineItem } from "@yubin/types";

import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";
import { sumOfClicks } from "./clicks-text.ts";

type LineAccount = ProfileView["lineAccounts"][number];

export const nameOf = ({ traits, lineAccounts }: ProfileView): string | undefined => {
  const { name } = traits;
  if (typeof name === "string") return name;
  return lineAccounts.find(({ displayName }) => displayName !== null)?.displayName ?? undefined;
};

export const peopleColumns: readonly Column<ProfileView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "EXTERNAL ID", of: ({ externalId }) => externalId },
  { title: "NAME", of: nameOf },
  { title: "LINE IDS", of: ({ lineAccounts }) => lineAccounts.length },
  { title: "FOLLOWS", of: (profile) => channelsOf(profile, "following") },
  { title: "BLOCKED", of: (profile) => channelsOf(profile, "blocked") },
  { title: "SUPPRESSED", of: ({ suppressed }) => (suppressed ? "yes" : "") },
];

const channelsOf = ({ lineAccounts }: ProfileView, wanted: string): number =>
  lineAccounts
    .flatMap(({ friendship }) => Object.values(friendship))
    .filter(({ state }) => state === wanted).length;

/** All that is known of a person. */
export const profileText = (profile: ProfileView, { table }: Pick<Output, "table">): string => {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ["id", profile.id],
    ["external id", profile.externalId],
    ["name", nameOf(profile)],
    ["suppressed", profile.suppression && suppressionOf(profile.suppression)],
    ["merged from", profile.mergedFrom.join(" ") || null],
    ["since", profile.createdAt],
    ["changed", profile.updatedAt],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== undefined);
  const sections = [
    section("Traits", Object.entries(profile.traits), traitColumns),
    section("LINE", profile.lineAccounts, accountColumns(profile)),
    section("Friendships", profile.lineAccounts.flatMap(friendshipsOf), friendshipColumns),
    section("Consents", Object.entries(profile.consents), consentColumns),
  ];
  function section<Item>(title: string, items: readonly Item[], columns: readonly Column<Item>[]) {
    return items.length === 0 ? [] : [`\n${title}`, table(items, columns)];
  }
  const head = known.map(([title, value]) => `${title.padEnd(12)} ${visibleText(value ?? "")}`);
  return [...head, ...sections.flat()].join("\n");
};

const suppressionOf = ({ at, reason }: { at: string; reason: string }): string =>
  `since ${at}: ${reason}`;

const traitColumns: readonly Column<[string, unknown]>[] = [
  { title: "TRAIT", of: ([key]) => key },
  {
    title: "VALUE",
    of: ([, value]) => (typeof value === "string" ? value : JSON.stringify(value)),
  },
];

const accountColumns = ({ lineId }: ProfileView): readonly Column<LineAccount>[] => [
  { title: "PROVIDER", of: ({ provider }) => provider },
  { title: "LINE ID", of: ({ lineUserId }) => lineUserId, whole: true },
  {
    title: "CANONICAL",
    of: ({ provider, lineUserId }) => (lineId[provider] === lineUserId ? "yes" : ""),
  },
  { title: "NAME", of: ({ displayName }) => displayName },
  { title: "PROOF", of: ({ proof }) => proof.kind },
];

interface Friendship {
  readonly lineUserId: string;
  readonly channelId: string;
  readonly state: string;
  readonly at: string;
  readonly by: string | undefined;
}

const friendshipsOf = ({ lineUserId, friendship }: LineAccount): Friendship[] =>
  Object.entries(friendship).map(([channelId, { state, at, by }]) => ({
    lineUserId,
    channelId,
    state,
    at,
    by,
  }));

const friendshipColumns: readonly Column<Friendship>[] = [
  { title: "CHANNEL", of: ({ channelId }) => channelId, whole: true },
  { title: "STATE", of: ({ state }) => state },
  { title: "SINCE", of: ({ at }) => at },
  { title: "BY", of: ({ by }) => by },
  { title: "LINE ID", of: ({ lineUserId }) => lineUserId },
];

const consentColumns: readonly Column<[string, ProfileView["consents"][string]]>[] = [
  { title: "PURPOSE", of: ([purpose]) => purpose },
  { title: "GRANTED", of: ([, { granted }]) => granted },
  { title: "AT", of: ([, { at }]) => at },
  { title: "SOURCE", of: ([, { source }]) => source },
];

export const timelineColumns: readonly Column<TimelineItem>[] = [
  { title: "AT", of: ({ at }) => at, whole: true },
  { title: "TYPE", of: ({ type }) => type },
  { title: "CHANNEL", of: ({ channelId }) => channelId },
  {
    title: "STATE",
    of: (item) => (item.kind === "message" ? (item.outcome ?? "waiting") : item.state),
  },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "CLICKS", of: clicksOf },
  { title: "WHAT", of: whatOf },
];

/** Of whom can have followed links: how often, and when first. */
function clicksOf(item: TimelineItem): string | null {
  if (item.kind !== "message" || item.clicks === null) return null;
  const [first] = item.clicks;
  return first ? `${sumOfClicks(item.clicks)}, first ${first.firstAt}` : "0";
}

function whatOf(item: TimelineItem): string | null {
  if (item.kind === "message") {
    const { campaignName, variant, messageId } = item;
    return variant === null ? (campaignName ?? messageId) : `${campaignName} (${variant})`;
  }
  if (item.unsent) return "(unsent)";
  if (item.text !== null) return item.text;
  return Object.keys(item.details).length === 0 ? null : JSON.stringify(item.details);
}
