import { Failure } from "@yubin/errors";
import type { Sealer } from "@yubin/kit";
import type { LineAccount } from "@yubin/line";
import type { ChannelRow } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Tokens } from "./domain/ports.ts";

export interface LineTokensDeps {
  readonly findRow: (workspaceId: string, channelId: string) => Promise<ChannelRow | undefined>;
  readonly line: Pick<LineAccount, "issueStatelessToken">;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** A token is not used in its last minutes: it might end on the way. */
const tokenMarginMs = 120_000;
/** One that LINE refuses although it is this young was not refused for its age. */
const freshMs = 30_000;

interface Issued {
  readonly token: string;
  readonly issuedAt: number;
  readonly until: number;
}

/** Opens a channel's token, or issues one that lives for minutes; each version of a channel has its own. */
export const createLineTokens = ({ findRow, line, sealer, now }: LineTokensDeps): Tokens => {
  const opened = new LRUCache<string, string>({ max: 500 });
  const issued = new LRUCache<string, Issued>({ max: 500 });
  const underWay = new Map<string, Promise<string>>();

  const issue = async (key: string, row: ChannelRow): Promise<string> => {
    const [secret] = row.secrets;
    if (!secret) throw new Failure("secret_invalid", "the channel has no secret");
    const issuedAt = now().getTime();
    const { token, expiresAt } = await line.issueStatelessToken({
      channelId: row.lineChannelId,
      channelSecret: sealer.open(secret.sealed, contextOf(row)),
    });
    issued.set(key, { token, issuedAt, until: expiresAt.getTime() - tokenMarginMs });
    return token;
  };
  const issueOnce = (key: string, row: ChannelRow): Promise<string> => {
    const running = underWay.get(key) ?? issue(key, row).finally(() => void underWay.delete(key));
    underWay.set(key, running);
    return running;
  };

  return {
    tokenOf: async (channel) => {
      const key = `${channel.id}/${channel.version}`;
      const known = opened.get(key) ?? fresh(issued.get(key), now());
      if (known !== undefined) return known;

      const row = await findRow(channel.workspaceId, channel.id);
      if (!row) throw new Failure("not_found", "the channel is gone");
      if (row.sealedToken === null) return issueOnce(`${row._id}/${row.version}`, row);
      const token = sealer.open(row.sealedToken, contextOf(row));
      opened.set(`${row._id}/${row.version}`, token);
      return token;
    },
    refused: (channel) => {
      const key = `${channel.id}/${channel.version}`;
      const token = issued.get(key);
      if (!token) return false;
      issued.delete(key);
      return now().getTime() - token.issuedAt > freshMs;
    },
  };
};

const fresh = (token: Issued | undefined, now: Date): string | undefined =>
  token && token.until > now.getTime() ? token.token : undefined;

const contextOf = ({ workspaceId, _id }: ChannelRow): string => `${workspaceId}/${_id}`;
