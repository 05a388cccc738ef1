import type { Screen } from "./screen.ts";
import type { StoryEnd } from "./story.ts";

/** The table at the end of the story. */
export const showTable = (screen: Screen, end: StoryEnd): void => {
  screen.table([
    ["", "at LINE", "here"],
    ["followers", end.followersAtLine, end.followersHere],
    ["profiles", "", end.profiles],
    [""],
    [
      "campaign",
      "audience",
      "accepted",
      "refused",
      "skipped",
      "cancelled",
      "unknown",
      "accepted at LINE",
    ],
    ...end.campaigns.map(({ title, metrics: { totals }, atLine }): [string, ...number[]] => [
      title,
      totals.audience,
      totals.accepted,
      totals.refused,
      totals.skipped,
      totals.cancelled,
      totals.unknown,
      atLine,
    ]),
    [""],
    ["faults that LINE made", end.faults],
    ["duplicates at LINE", end.duplicatesAtLine],
    ["lost", end.campaigns.reduce((sum, { lost }) => sum + lost, 0)],
  ]);
};

/** Every way in which the numbers disagree with LINE's ledger, in words. */
export const disagreements = (end: StoryEnd): string[] => [
  ...(end.followersHere === end.followersAtLine ? [] : ["followers differ from LINE's"]),
  ...(end.duplicatesAtLine === 0 ? [] : ["somebody was sent the same message twice"]),
  ...end.campaigns.flatMap(({ title, metrics: { totals }, atLine }) => {
    const { audience, queued, accepted, refused, skipped, cancelled, unknown } = totals;
    const sum = queued + accepted + refused + skipped + cancelled + unknown;
    return [
      ...(accepted === atLine
        ? []
        : [`${title}: accepted ${accepted}, but LINE accepted ${atLine}`]),
      ...(sum === audience
        ? []
        : [`${title}: the outcomes add up to ${sum}, not to the audience of ${audience}`]),
      ...(queued === 0 ? [] : [`${title}: done, but ${queued} are queued`]),
    ];
  }),
];
