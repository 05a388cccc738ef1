import type { Scope } from "@yubin/types";

/** An API key as we keep it: never the key itself. */
export interface ApiKey {
  /** SHA-256 of the key. */
  readonly hash: string;
  /** How lists and requests name it: `key_…`. */
  readonly id: string;
  readonly workspaceId: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface ApiKeys {
  /** Whatever its state: `mayUse` decides. */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** False where this very key is there already. */
  insert(key: ApiKey): Promise<boolean>;
  list(workspaceId: string, page: { after: string; limit: number }): Promise<ApiKey[]>;
  /** The key as it is afterwards; undefined where the workspace has none by this id. */
  revoke(workspaceId: string, id: string, at: Date): Promise<ApiKey | undefined>;
}

/** Who asks, once their key was looked up. */
export interface Caller {
  readonly workspaceId: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

/** Who holds this key at this moment; undefined for a revoked or expired one. */
export const callerBehind = (key: ApiKey | undefined, now: Date): Caller | undefined => {
  if (!key || key.revokedAt !== null) return undefined;
  if (key.expiresAt !== null && key.expiresAt <= now) return undefined;
  return { workspaceId: key.workspaceId, keyId: key.id, scopes: key.scopes };
};

export const hasScope = ({ scopes }: Caller, scope: Scope): boolean =>
  scopes.includes(scope) || scopes.includes("admin");
