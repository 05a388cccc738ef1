import type { CampaignMetrics, Clicks } from "@yubin/types";

import type { ConnectedChannel, StoryWorld } from "./story.ts";

export interface ClicksEnd {
  /** Who followed their link, and how often all of them together, as the story has it. */
  readonly people: number;
  readonly clicks: number;
  /** Links that led to something else than what was written. */
  readonly astray: number;
  readonly here: Clicks | null;
}

const clickersMax = 60;
const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari Line/15.6.0";
const linePreviewer = "facebookexternalhit/1.1;line-poker/1.0";

/** Some of those who were sent a link follow it, a third of them twice; LINE's previewer looks at all of them. */
export const someClick = async (
  { api, line, screen }: StoryWorld,
  { lineChannelId }: ConnectedChannel,
  campaignId: string,
): Promise<ClicksEnd> => {
  const paths = (await line.sent(lineChannelId))
    .flatMap(({ body }) => /\/c\/[\w-]+/.exec(JSON.stringify(body))?.[0] ?? [])
    .slice(-clickersMax);
  screen.chapter(`${paths.length} people follow the link that they were sent`);
  for (const path of paths) await api.visit(path, linePreviewer);
  const again = paths.filter((_, place) => place % 3 === 0);
  let astray = 0;
  for (const path of [...paths, ...again]) {
    const led = await api.visit(path, phone);
    if (led !== "https://shop.example/members") astray += 1;
  }
  const { clicks: here } = await api.get<CampaignMetrics>(`/v1/campaigns/${campaignId}/metrics`);
  screen.line(`${here?.people} people, ${here?.clicks} clicks`);
  return { people: paths.length, clicks: paths.length + again.length, astray, here };
};
