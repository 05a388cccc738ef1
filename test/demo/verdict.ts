import type { Screen } from "./screen.ts";
import type { CampaignEnd, StoryEnd } from "./story.ts";

/** The table at the end of the story. */
export const showTable = (screen: Screen, end: StoryEnd): void => {
  screen.table([
    ["", "at LINE", "here"],
    ["followers", end.followersAtLine, end.followersHere],
    ["profiles", "", end.profiles],
    [""],
    ["people", "by the story", "here"],
    ["known by name", end.identity.model.identified, end.identity.here.identified],
    ["anonymous", end.identity.model.anonymous, end.identity.here.anonymous],
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
    ["links", "by the story", "here"],
    ["people who followed theirs", end.clicks.people, end.clicks.here?.people ?? 0],
    ["how often", end.clicks.clicks, end.clicks.here?.clicks ?? 0],
    [""],
    ["faults that LINE made", end.faults],
    ["duplicates at LINE", end.duplicatesAtLine],
    ["lost", end.campaigns.reduce((sum, one) => sum + lostIn(one), 0)],
  ]);
};

/** People who were to be sent something and whom LINE never saw. */
const lostIn = ({ expected, atLine }: CampaignEnd): number =>
  Math.max(0, expected.accepted - atLine);

/** Every way in which the numbers disagree with LINE's ledger, in words. */
export const disagreements = (end: StoryEnd): string[] => {
  const { people, blocked } = end.numbers;
  const complaint = (what: string, is: number, shouldBe: number): string[] =>
    is === shouldBe ? [] : [`${what}: ${is} instead of ${shouldBe}`];
  return [
    ...complaint("followers at LINE", end.followersAtLine, people - blocked),
    ...complaint("followers here", end.followersHere, end.followersAtLine),
    ...complaint("profiles", end.profiles, people),
    ...complaint(
      "people known by name",
      end.identity.here.identified,
      end.identity.model.identified,
    ),
    ...complaint("anonymous people", end.identity.here.anonymous, end.identity.model.anonymous),
    ...end.identity.broken.map((statement) => `it did not hold that ${statement}`),
    ...complaint("duplicates at LINE", end.duplicatesAtLine, 0),
    ...complaint("people who followed a link", end.clicks.here?.people ?? 0, end.clicks.people),
    ...complaint("links that were followed", end.clicks.here?.clicks ?? 0, end.clicks.clicks),
    ...complaint("links that led elsewhere", end.clicks.astray, 0),
    ...complaint("campaigns", end.campaigns.length, 3),
    ...end.campaigns.flatMap(({ title, metrics: { totals }, atLine, expected }) => {
      const { audience, queued, accepted, refused, skipped, cancelled, unknown } = totals;
      const sum = queued + accepted + refused + skipped + cancelled + unknown;
      return [
        ...complaint(`${title}: accepted at LINE`, atLine, expected.accepted),
        ...complaint(`${title}: accepted here`, accepted, expected.accepted),
        ...complaint(`${title}: audience`, audience, expected.audience),
        ...complaint(`${title}: skipped`, skipped, expected.audience - expected.accepted),
        ...complaint(`${title}: sum of the outcomes`, sum, audience),
        ...complaint(
          `${title}: refused, cancelled, unknown or queued`,
          refused + cancelled + unknown + queued,
          0,
        ),
      ];
    }),
  ];
};
