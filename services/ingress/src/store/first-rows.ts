import { upserting, type Store } from "@yubin/store";

/** The workspace that everything belongs to until there are more. */
export const firstWorkspaceId = "ws_main";

/** Makes the first workspace; safe to repeat and to run from several processes at once. */
export const ensureFirstWorkspace = async ({ workspaces }: Store, now: Date): Promise<void> => {
  await upserting(() =>
    workspaces.updateOne(
      { _id: firstWorkspaceId },
      { $setOnInsert: { name: "Main", createdAt: now } },
      { upsert: true },
    ),
  );
};

/** Whether anybody could get in. */
export const hasApiKeys = async ({ apiKeys }: Store): Promise<boolean> =>
  (await apiKeys.findOne({}, { projection: { _id: 1 } })) !== null;
