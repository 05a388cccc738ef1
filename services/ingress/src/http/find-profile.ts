import { Failure } from "@yubin/errors";
import { parseProfileRef } from "@yubin/types";

import type { Profile, Profiles } from "../domain/profile.ts";

/** The living person behind the reference in a path; 404 where there is none, 410 where they asked to be forgotten. */
export const findProfile = async (
  profiles: Pick<Profiles, "find">,
  workspaceId: string,
  text: string | undefined,
): Promise<Profile> => {
  const ref = parseProfileRef(text ?? "");
  const profile = ref ? await profiles.find(workspaceId, ref) : undefined;
  if (!profile) throw noSuchPerson();
  if (profile.erasedAt !== null) throw erasedPerson();
  return profile;
};

export const noSuchPerson = (): Failure => new Failure("not_found", "no such person");

export const erasedPerson = (): Failure =>
  new Failure("profile_erased", "the person asked to be forgotten");
