import { isDuplicateKey, type ApiKeyRow, type Store } from "@yubin/store";

import type { ApiKey, ApiKeys } from "../domain/api-key.ts";

export const createApiKeys = ({ apiKeys }: Store): ApiKeys => ({
  findByHash: async (hash) => {
    const row = await apiKeys.findOne({ _id: hash });
    return row ? toKey(row) : undefined;
  },
  insert: async ({ hash, id, scopes, ...rest }) => {
    try {
      await apiKeys.insertOne({ ...rest, _id: hash, keyId: id, scopes: [...scopes] });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  },
  list: async (workspaceId, { after, limit }) =>
    (
      await apiKeys
        .find({ workspaceId, keyId: { $gt: after }, revokedAt: null })
        .sort({ keyId: 1 })
        .limit(limit)
        .toArray()
    ).map(toKey),
  revoke: async (workspaceId, keyId, at) => {
    await apiKeys.updateOne({ workspaceId, keyId, revokedAt: null }, { $set: { revokedAt: at } });
    const row = await apiKeys.findOne({ workspaceId, keyId });
    return row ? toKey(row) : undefined;
  },
});

const toKey = ({ _id, keyId, ...rest }: ApiKeyRow): ApiKey => ({ ...rest, hash: _id, id: keyId });
