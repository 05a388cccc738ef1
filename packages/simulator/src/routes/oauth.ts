import { oauthRefusal, ok } from "../answer.ts";
import type { Answer } from "../answer.ts";
import type { OauthCall, OauthRoute } from "../line-call.ts";
import { verifiedUserToken } from "./login.ts";
import { tokenLifeMs } from "../tokens.ts";
import type { IssuedToken, TokenKind } from "../tokens.ts";

/** Issues, checks and revokes channel access tokens. */
export const oauthRoutes: readonly OauthRoute[] = [
  {
    endpoint: "oauth",
    method: "POST",
    path: "/oauth2/v3/token",
    auth: "none",
    answer: (call) => issue(call, "stateless"),
  },
  {
    endpoint: "oauth",
    method: "POST",
    path: "/v2/oauth/accessToken",
    auth: "none",
    answer: (call) => issue(call, "shortLived"),
  },
  {
    endpoint: "oauth",
    method: "POST",
    path: "/v2/oauth/verify",
    auth: "none",
    answer: (call) => verify(call, call.form.get("access_token"), ["longLived", "shortLived"]),
  },
  {
    endpoint: "oauth",
    method: "GET",
    path: "/oauth2/v2.1/verify",
    auth: "none",
    answer: (call) => {
      const token = call.query.get("access_token");
      return verifiedUserToken(call, token ?? "") ?? verify(call, token, ["stateless"]);
    },
  },
  { endpoint: "oauth", method: "POST", path: "/v2/oauth/revoke", auth: "none", answer: revoke },
];

function issue({ world, form }: OauthCall, kind: TokenKind): Answer {
  if (form.get("grant_type") !== "client_credentials") {
    return oauthRefusal("unsupported_grant_type", "grant_type must be client_credentials");
  }
  const channel = world.channels.find(form.get("client_id") ?? "");
  if (!channel || channel.channelSecret !== form.get("client_secret")) {
    return oauthRefusal("invalid_client", "invalid client_id or client_secret");
  }
  const { token } = world.tokens.issue(channel.channelId, kind);
  return ok({
    token_type: "Bearer",
    access_token: token,
    expires_in: Math.floor(tokenLifeMs[kind] / 1_000),
  });
}

function verify({ world }: OauthCall, token: string | null, kinds: readonly TokenKind[]): Answer {
  const issued = token ? world.tokens.find(token) : undefined;
  if (!issued || !kinds.includes(issued.kind)) {
    return oauthRefusal("invalid_request", "access token expired");
  }
  return ok(descriptionOf(issued, world.clock.now()));
}

const descriptionOf = ({ channelId, expiresAtMs }: IssuedToken, nowMs: number) => ({
  client_id: channelId,
  expires_in: Math.floor((expiresAtMs - nowMs) / 1_000),
  scope: "P CM",
});

function revoke({ world, form }: OauthCall): Answer {
  const token = form.get("access_token");
  if (!token) return oauthRefusal("invalid_request", "access_token is required");
  const issued = world.tokens.find(token);
  // A stateless token cannot be taken back. LINE answers 200 to a token it does not know.
  if (issued && issued.kind !== "stateless") world.tokens.revoke(token);
  return { status: 200, body: "" };
}
