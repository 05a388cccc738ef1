import type { LineLinkRow, Store } from "@yubin/store";
import type { PageLocale } from "@yubin/types";

import type { LineLink, LineLinks } from "../domain/line-link.ts";

export const createLineLinks = ({ lineLinks }: Store): LineLinks => ({
  insert: async ({ id, nonceHashes, ...rest }) => {
    await lineLinks.insertOne({ _id: id, ...rest, nonceHashes: [...nonceHashes] });
  },
  find: async (workspaceId, id) => toLinkOrNot(await lineLinks.findOne({ _id: id, workspaceId })),
  findByToken: async (tokenHash) => toLinkOrNot(await lineLinks.findOne({ tokenHash })),
  withdraw: async (workspaceId, { provider, lineUserId }) => {
    await lineLinks.updateMany(
      { workspaceId, provider, lineUserId, state: { $in: ["created", "confirmed", "failed"] } },
      { $set: { state: "declined", nonceHashes: [], codeHash: null }, $inc: { version: 1 } },
    );
  },
  change: async ({ id, workspaceId, version }, { nonceHashes, ...change }) =>
    toLinkOrNot(
      await lineLinks.findOneAndUpdate(
        { _id: id, workspaceId, version },
        {
          $set: {
            ...change,
            ...(nonceHashes ? { nonceHashes: [...nonceHashes] } : {}),
            version: version + 1,
          },
        },
        { returnDocument: "after" },
      ),
    ),
});

const toLinkOrNot = (row: LineLinkRow | null): LineLink | undefined => {
  if (!row) return undefined;
  const { _id, locale, ...rest } = row;
  return { ...rest, id: _id, locale: locale as PageLocale | null };
};
