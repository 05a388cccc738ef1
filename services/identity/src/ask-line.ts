import type { LineAccount } from "@yubin/line";

import type { TokenOf } from "./channel-tokens.ts";
import type { NameWanted } from "./domain/fetch-name.ts";
import type { ReadFollowersDeps } from "./domain/read-followers.ts";
import type { LineName } from "./domain/set-name.ts";

export interface AskLineDeps {
  readonly tokenOf: TokenOf;
  readonly line: Pick<LineAccount, "profile" | "followers">;
}

/** LINE's most. */
const followersPerPage = 1_000;

/** What is asked of LINE, each time with the token of the channel that it is about. */
export interface AskLine {
  /** Who somebody is, as far as LINE tells the channel that met them. */
  name(wanted: Omit<NameWanted, "profileId">): Promise<LineName>;
  readonly followers: ReadFollowersDeps["askFollowers"];
}

export const createAskLine = ({ tokenOf, line }: AskLineDeps): AskLine => ({
  name: async (wanted) => line.profile(await tokenOf(wanted), wanted.lineUserId),
  followers: async (channel, start) =>
    line.followers(await tokenOf(channel), {
      limit: followersPerPage,
      ...(start === null ? {} : { start }),
    }),
});
