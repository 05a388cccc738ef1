import { Failure } from "@yubin/errors";
import { idFrom, limits, newId, parseProfileRef, type CommandBody } from "@yubin/types";

import type { CommandEnd, Commands } from "../domain/commands.ts";
import { profileView, type Profiles } from "../domain/profile.ts";
import type { ApiAnswer, ApiRequest } from "./api-route.ts";
import { erasedPerson, findProfile, noSuchPerson } from "./find-profile.ts";

export interface GiveCommandDeps {
  readonly profiles: Profiles;
  readonly commands: Commands;
}

type PersonalCommand = "patch" | "consent" | "suppress";

/**
 * Has something done to the person in the path. Answers the person as they are then, or 202 and an id where identity
 * takes longer than anybody should wait: it is stored and will be done.
 */
export const giveCommand = async <Command extends PersonalCommand>(
  { profiles, commands }: GiveCommandDeps,
  { caller: { workspaceId }, params }: Pick<ApiRequest<unknown, unknown>, "caller" | "params">,
  [command, bodyOf]: readonly [Command, (profileId: string) => CommandBody<Command>],
): Promise<ApiAnswer> => {
  const ref = parseProfileRef(params["ref"] ?? "");
  const home = ref && (await profiles.home(workspaceId, ref));
  if (!home) throw noSuchPerson();
  if (home.isErased) throw erasedPerson();

  const key = newId("req");
  const end = await commands.give(command, bodyOf(home.profileId), {
    workspaceId,
    idempotencyKey: key,
  });
  if (!end) return { status: 202, body: { id: idFrom("evt", workspaceId, command, key) } };
  refuseUndone(end);
  return {
    status: 200,
    body: profileView(await findProfile(profiles, workspaceId, params["ref"])),
  };
};

/** Between the look and the deed the person may have been erased or filled up. */
const refuseUndone = ({ state, reason }: CommandEnd): void => {
  if (reason === "profile_erased") throw erasedPerson();
  if (reason === "profile_unknown") throw noSuchPerson();
  if (reason === "limit_exceeded")
    throw new Failure(
      "limit_exceeded",
      `a person has at most ${limits.traitsMax} traits and ${limits.consentsMax} consents; the rest was set`,
    );
  if (state !== "applied") throw new Failure("internal", "the command could not be done");
};
