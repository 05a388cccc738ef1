import { hash } from "node:crypto";
import { z } from "zod";

/**
 * Whether links in the words become links of ours that count clicks: of each person (then everybody gets words of their
 * own, and so a push), of all together, or not at all.
 */
export const tracking = z.enum(["person", "campaign", "off"]);
export type Tracking = z.output<typeof tracking>;

/** The id of a link in the words of a campaign or a message on its own: 20 hexadecimal digits that follow from these. */
export const clickLinkId = (workspaceId: string, ownerId: string, url: string): string =>
  hash("sha256", JSON.stringify(["click-link/1", workspaceId, ownerId, url])).slice(0, 20);

/** Clicks on the links of a campaign or a message. */
export interface Clicks {
  /** Who followed a link of theirs at least once. Null where everybody has the same links: then nobody can tell. */
  readonly people: number | null;
  /** How often links were followed, each time counted. */
  readonly clicks: number;
  /** In the order of their addresses. */
  readonly links: readonly LinkClicks[];
}

export interface LinkClicks {
  readonly url: string;
  readonly people: number | null;
  readonly clicks: number;
}
