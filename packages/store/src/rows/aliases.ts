import { defineRows, field } from "../define-rows.ts";

/**
 * An outside name leading to one profile. `_id` is `workspace/kind/value`, so that the database itself refuses a
 * second owner; an alias is written before its profile, and whoever finds it without one makes the profile.
 * It stays with its profile when that is merged, so that an undo and the routing of later facts need no rewriting.
 */
export interface AliasRow {
  _id: string;
  workspaceId: string;
  kind: string;
  value: string;
  profileId: string;
  proof: string;
  since: Date;
  /**
   * Of a LINE ID: when whoever has it last proved it, as far as that was asked for. What LINE tells by itself proves
   * nothing about who somebody is.
   */
  provenAt?: Date | null;
  /** How often it changed hands. */
  generation?: number;
  /** Whose it was, until that profile has lost the LINE account and this one has it. */
  movedFrom?: string | null;
  /** Profiles whose it was: what was said of it then is with them. */
  formerHomes?: string[];
  /** The event that moved it last. */
  movedBy?: string | null;
}

export const aliasRows = defineRows<AliasRow>({
  collection: "aliases",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    kind: field.text,
    value: field.text,
    profileId: field.id,
    proof: field.text,
    since: field.time,
    provenAt: field.maybeTime,
    generation: field.count,
    movedFrom: field.maybeText,
    formerHomes: field.texts,
    movedBy: field.maybeText,
  },
  indexes: [{ keys: { profileId: 1 } }],
});
