import type { Answer } from "../answer.ts";
import { tellAccountLink } from "../account-link.ts";
import type { OauthRoute } from "../line-call.ts";

/**
 * The page of access.line.me where account linking ends. In a phone LINE knows whose it is; here `?as=<user id>` says
 * so, or the lever that put a phone into somebody's hand.
 */
export const accountLinkDialog: OauthRoute = {
  endpoint: "oauth",
  method: "GET",
  path: "/dialog/bot/accountLink",
  auth: "none",
  answer: ({ world, query }) => {
    const [linkToken, nonce] = [query.get("linkToken") ?? "", query.get("nonce") ?? ""];
    if (linkToken === "" || !/^[\x21-\x7e]{10,255}$/.test(nonce))
      return page(
        400,
        "Bad request",
        "The link needs linkToken, and a nonce of 10 to 255 characters.",
      );
    const owner = world.linkTokens.owner(linkToken);
    const userId = query.get("as") ?? world.phone.holder;
    if (owner && userId === undefined) return chooser(linkToken, nonce, owner.userId);
    const event =
      owner && tellAccountLink(world, { ...owner, userId: userId ?? "" }, { linkToken, nonce });
    if (!event) return page(400, "This link has expired", "Ask for a new one and try again.");
    return event.result === "ok"
      ? page(200, "Accounts linked", "You can close this page.")
      : page(200, "Accounts could not be linked", "This link was made for another LINE account.");
  },
};

const chooser = (linkToken: string, nonce: string, owner: string): Answer =>
  page(
    200,
    "Whose phone is this?",
    `<form><input type="hidden" name="linkToken" value="${escaped(linkToken)}">
<input type="hidden" name="nonce" value="${escaped(nonce)}">
<input name="as" size="40" value="${escaped(owner)}"> <button>Link accounts</button></form>`,
  );

const page = (status: number, title: string, body: string): Answer => ({
  status,
  contentType: "text/html; charset=utf-8",
  body: `<!doctype html><meta name="viewport" content="width=device-width"><title>${title}</title>
<body style="font:16px system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem">
<h1>${title}</h1><div>${body}</div><p><small>The LINE stand-in</small></p>`,
});

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => `&#${char.codePointAt(0) ?? 0};`);
