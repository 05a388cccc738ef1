import { hash } from "node:crypto";
import { z } from "zod";

/**
 * Whether links in the words become links of ours that count clicks: of each person (then everybody gets words of their
 * own, and so a push), of all together, or not at all.
 */
export const tracking = z.enum(["person", "campaign", "off"]);
export type Tracking = z.output<typeof tracking>;

/** What makes a link in the words of a campaign or a message on its own the link that it is. */
export interface ClickLinkFacts {
  readonly workspaceId: string;
  /** The campaign, or the message on its own. */
  readonly ownerId: string;
  /** The name of the variant in whose words it is; null where there are none. */
  readonly variant: string | null;
  readonly url: string;
}

/** 20 hexadecimal digits that follow from what the link is, so that whoever makes it makes the same. */
export const clickLinkId = ({ workspaceId, ownerId, variant, url }: ClickLinkFacts): string =>
  hash("sha256", JSON.stringify(["click-link/2", workspaceId, ownerId, variant, url])).slice(0, 20);

/** Clicks on the links of a campaign or a message; null all through where they are no longer known. */
export interface Clicks {
  /** Who followed a link of theirs at least once. Null where everybody has the same links: then nobody can tell. */
  readonly people: number | null;
  /** How often links were followed, each time counted. */
  readonly clicks: number | null;
  /** In the order of their addresses. */
  readonly links: readonly LinkClicks[] | null;
}

/** That one person followed a link; only of those that they followed. */
export interface PersonClickView {
  readonly url: string;
  /** How often. */
  readonly clicks: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface LinkClicks {
  readonly url: string;
  readonly people: number | null;
  readonly clicks: number;
}
