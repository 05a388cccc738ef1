import { asFailure } from "@yubin/errors";
import { hashLinkSecret } from "@yubin/types";
import type { Request, RequestHandler, Response } from "express";

import type { LineLink } from "../../domain/line-link.ts";
import type { RouteTimeout } from "../api-route.ts";
import { chooseLocale } from "./choose-locale.ts";
import type { Found, LinkPageDeps, Shown } from "./link-page.ts";
import { saidPage } from "./pages.ts";

/** People wait here, and LINE is asked meanwhile. */
const pageTimeout: RouteTimeout = { ms: 20_000, code: "store.unavailable" };

/** Finds the link and answers; whatever goes wrong, a person gets a page and not a line of JSON. */
export const answering =
  (deps: LinkPageDeps, run: (found: Found) => Promise<Shown>): RequestHandler =>
  async (req, res) => {
    let link: LineLink | undefined;
    const work = async (): Promise<Shown> => {
      const address = req.ip ?? "";
      if (!(await deps.limits.take(address))) return { status: 429, said: "busy" };
      const token = String(req.params["token"] ?? "");
      link = tokenPattern.test(token)
        ? await deps.lineLinks.findByToken(hashLinkSecret(token))
        : undefined;
      if (link) return await run({ link, token, req, lang: req.query["lang"] });
      await deps.limits.missed(address);
      return { status: 404, said: "unknown" };
    };
    const shown = await deps
      .within(pageTimeout, work)
      .catch((error: unknown) => failed(deps, res, error));
    await send(deps, { req, res, link, shown });
  };

const tokenPattern = /^[A-Za-z0-9_-]{32}$/;

const failed = (deps: LinkPageDeps, res: Response, error: unknown): Shown => {
  const failure = deps.failureOf(error) ?? asFailure(error);
  res.locals["failureCode"] = failure.code;
  if (failure.code === "line.refused") return { status: 409, said: "notFriend" };
  if (failure.status >= 500)
    deps.log.error(
      { requestId: res.locals["requestId"] as unknown, err: error, code: failure.code },
      "a link page failed",
    );
  return { status: failure.status, said: "trouble" };
};

interface Sending {
  readonly req: Request;
  readonly res: Response;
  readonly link: LineLink | undefined;
  readonly shown: Shown;
}

const retryAfterSeconds = 60;

const send = async (deps: LinkPageDeps, { req, res, link, shown }: Sending): Promise<void> => {
  if ("location" in shown) {
    res.setHeader("location", shown.location);
    res.status(303).end();
    return;
  }
  if (shown.status === 429) res.setHeader("retry-after", String(retryAfterSeconds));
  if ("body" in shown) {
    res.status(shown.status).type(shown.type).send(shown.body);
    return;
  }
  const locale = localeOf(req, link);
  const business = link ? await businessOf(deps, link) : "";
  const body = "said" in shown ? saidPage(shown.said, { locale, business }) : shown.page(locale);
  res.setHeader("content-language", locale);
  res.status(shown.status).type("html").send(body);
};

const localeOf = (req: Request, link: LineLink | undefined) =>
  chooseLocale({
    lang: req.query["lang"],
    made: link?.locale ?? null,
    acceptLanguage: req.headers["accept-language"],
  });

/** Only a page that says what went wrong can do without. */
const businessOf = async ({ channels }: LinkPageDeps, link: LineLink): Promise<string> => {
  const channel = await channels.find(link.workspaceId, link.channelId).catch(() => undefined);
  return channel?.name ?? "";
};
