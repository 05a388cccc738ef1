import { notFound, oauthRefusal, ok, unauthenticated } from "../answer.ts";
import type { Answer } from "../answer.ts";
import type { OauthCall, OauthRoute } from "../line-call.ts";

/** LINE Login's checks of an ID token, in the order of its reference. Source: LINE Login v2.1, Verify ID token. */
export const postVerifyIdToken: OauthRoute = {
  endpoint: "oauth",
  method: "POST",
  path: "/oauth2/v2.1/verify",
  auth: "none",
  answer: ({ world, form }) => {
    const payload = world.loginChannels.readIdToken(form.get("id_token") ?? "");
    if (!payload) return oauthRefusal("invalid_request", "Invalid IdToken.");
    const problem = problemOf(payload, form, world.clock.now());
    return problem === undefined
      ? ok({ ...payload, ...shownOf(world, payload["sub"], form) })
      : oauthRefusal("invalid_request", problem);
  },
};

const problemOf = (
  payload: Readonly<Record<string, unknown>>,
  form: URLSearchParams,
  nowMs: number,
): string | undefined => {
  const [nonce, userId] = [form.get("nonce"), form.get("user_id")];
  if (payload["iss"] !== "https://access.line.me") return "Invalid IdToken Issuer.";
  if (typeof payload["exp"] !== "number" || payload["exp"] * 1_000 <= nowMs)
    return "IdToken expired.";
  if (payload["aud"] !== form.get("client_id")) return "Invalid IdToken Audience.";
  if (nonce !== null && payload["nonce"] !== nonce) return "Invalid IdToken Nonce.";
  if (userId !== null && payload["sub"] !== userId) return "Invalid IdToken Subject Identifier.";
  return undefined;
};

const shownOf = (
  world: OauthCall["world"],
  sub: unknown,
  form: URLSearchParams,
): { name?: string } => {
  const channel = world.loginChannels
    .all()
    .find(({ channelId }) => channelId === form.get("client_id"));
  if (!channel || typeof sub !== "string") return {};
  const index = world.people.indexOf(channel.provider, sub);
  return index === undefined
    ? {}
    : { name: world.people.profile(channel.provider, index).displayName };
};

/** What `GET /oauth2/v2.1/verify` says of a user access token; undefined for a token of another kind. */
export const verifiedUserToken = ({ world }: OauthCall, token: string): Answer | undefined => {
  const held = world.loginChannels.findAccessToken(token);
  return (
    held &&
    ok({
      scope: "profile openid",
      client_id: held.channelId,
      expires_in: Math.ceil((held.expiresAtMs - world.clock.now()) / 1_000),
    })
  );
};

/** The profile behind a user access token. */
export const getLoginProfile: OauthRoute = {
  endpoint: "oauth",
  method: "GET",
  path: "/v2/profile",
  auth: "none",
  answer: ({ world, authorization }) => {
    const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
    const held = token === undefined ? undefined : world.loginChannels.findAccessToken(token);
    if (!held) return unauthenticated;
    const index = world.people.indexOf(held.provider, held.userId);
    return index === undefined ? notFound : ok(world.people.profile(held.provider, index));
  },
};
