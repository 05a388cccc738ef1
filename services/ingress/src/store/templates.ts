import {
  createTemplateReader,
  isDuplicateKey,
  templateVersionId,
  type MessageTemplateRow,
  type Store,
} from "@yubin/store";

import type { Template, Templates } from "../domain/template.ts";

export const createTemplates = (store: Store): Templates => {
  const { messageTemplates: rows, templateVersions } = store;
  return {
    find: createTemplateReader(store),
    list: async (workspaceId, { after, limit, archived }) =>
      (
        await rows
          .find({
            workspaceId,
            _id: { $gt: after },
            archivedAt: archived ? { $ne: null } : null,
          })
          .project<MessageTemplateRow>({ messages: 0 })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray()
      ).map((row) => toTemplate({ ...row, messages: [] })),
    versions: async (template, { after, limit }) => {
      const { id, workspaceId, version } = template;
      const ids = { $gt: templateVersionId(id, after), $lt: templateVersionId(id, version) };
      const earlier = await templateVersions
        .find({ _id: ids, workspaceId }, { projection: { messages: 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return earlier.length < limit && after < version ? [...earlier, template] : earlier;
    },
    insert: async ({ id, ...template }) => {
      try {
        await rows.insertOne({ ...template, _id: id, messages: [...template.messages] });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    change: async (template, change, now) => {
      const { id, workspaceId, version } = template;
      await keepVersion(store, template);
      const { messages, ...rest } = change;
      const row = await rows.findOneAndUpdate(
        { _id: id, workspaceId, version, archivedAt: null },
        {
          $set: {
            ...rest,
            ...(messages ? { messages: [...messages] } : {}),
            version: version + 1,
            updatedAt: now,
          },
        },
        { returnDocument: "after" },
      );
      return row ? toTemplate(row) : undefined;
    },
    archive: async (workspaceId, templateId, now) => {
      const set = { $set: { archivedAt: now } };
      const result = await rows.updateOne({ _id: templateId, workspaceId, archivedAt: null }, set);
      if (result.matchedCount === 1) return true;
      return (await rows.findOne({ _id: templateId, workspaceId })) !== null;
    },
  };
};

/** Before it is replaced. A version never changes, so whoever wrote it first wrote the same. */
const keepVersion = async (
  { templateVersions }: Store,
  { id, workspaceId, name, version, messages, notificationDisabled, updatedAt }: Template,
): Promise<void> => {
  try {
    await templateVersions.insertOne({
      _id: templateVersionId(id, version),
      workspaceId,
      templateId: id,
      name,
      version,
      messages: [...messages],
      notificationDisabled,
      updatedAt,
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
};

const toTemplate = ({ _id: id, ...row }: MessageTemplateRow): Template => ({ ...row, id });
