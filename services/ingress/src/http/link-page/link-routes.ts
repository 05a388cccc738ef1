import { asFailure } from "@yubin/errors";
import { methodNotAllowed, readBody } from "@yubin/kit";
import { hashLinkSecret } from "@yubin/types";
import type { Express, Request, RequestHandler, Response } from "express";

import { confirmLineLink } from "../../domain/confirm-line-link.ts";
import { mayConfirm, stateOf, type LineLink } from "../../domain/line-link.ts";
import { linkEnd } from "../../domain/link-end.ts";
import type { RouteTimeout } from "../api-route.ts";
import { chooseLocale } from "./choose-locale.ts";
import { pagePolicy } from "./html.ts";
import { saidPage } from "./pages.ts";
import { qrSvg } from "./qr-svg.ts";
import type { Found, LinkPageDeps, Shown } from "./link-page.ts";
import { personOf, showLink, showOutcome } from "./show-link.ts";

/** People wait here, and LINE is asked meanwhile. */
const pageTimeout: RouteTimeout = { ms: 20_000, code: "store.unavailable" };
const formBytes = 1_024;
const formTimeoutMs = 10_000;

/** `/l/:token`, what people see of a one-time link. Looking at it never uses it up: previewers look, too. */
export const mountLinkPage = (app: Express, deps: LinkPageDeps): void => {
  const headers = pageHeaders(pagePolicy(deps.lineAccessUrl));
  const form = readBody({ maxBytes: formBytes, timeoutMs: formTimeoutMs });
  const path = "/l/:token";

  app.get(
    path,
    headers,
    answering(deps, async (found) => await showLink(deps, found)),
  );
  app.post(
    path,
    headers,
    form,
    answering(deps, async (found) => await act(deps, found)),
  );
  app.all(path, methodNotAllowed(["GET", "POST"]));

  app.get(
    `${path}/status`,
    headers,
    answering(deps, async ({ link }) => ({
      status: 200,
      type: "application/json",
      body: JSON.stringify({ state: stateOf(link, deps.now(), await linkEnd(deps, link)) }),
    })),
  );
  app.all(`${path}/status`, methodNotAllowed(["GET"]));

  app.get(
    `${path}/qr.svg`,
    headers,
    answering(deps, async ({ link, token }) =>
      mayConfirm(link, deps.now())
        ? { status: 200, type: "image/svg+xml", body: qrSvg(`${deps.publicUrl}/l/${token}`).html }
        : { status: 410, said: "expired" },
    ),
  );
  app.all(`${path}/qr.svg`, methodNotAllowed(["GET"]));
};

const pageHeaders =
  (policy: string): RequestHandler =>
  (_req, res, next) => {
    res.setHeader("content-security-policy", policy);
    res.setHeader("x-robots-tag", "noindex, nofollow");
    res.setHeader("vary", "accept-language");
    next();
  };

const act = async (deps: LinkPageDeps, found: Found): Promise<Shown> => {
  const { link, token, req } = found;
  const action = new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString() : "").get(
    "action",
  );
  if (action === "decline") return await decline(deps, link);
  if (action !== "confirm") return { status: 400, said: "trouble" };
  const channel = await deps.channels.find(link.workspaceId, link.channelId);
  const person = await personOf(deps, link);
  if (!channel || !person) return { status: 410, said: "expired" };
  const confirmed = await confirmLineLink(deps, { link, token, channel });
  return await showOutcome(deps, found, confirmed);
};

const decline = async (deps: LinkPageDeps, link: LineLink): Promise<Shown> => {
  if (!mayConfirm(link, deps.now()))
    return { status: 410, said: link.state === "proven" ? "used" : "expired" };
  const declined = await deps.lineLinks.change(link, {
    state: "declined",
    nonceHashes: [],
    codeHash: null,
  });
  return declined ? { status: 200, said: "declined" } : { status: 409, said: "trouble" };
};

const tokenPattern = /^[A-Za-z0-9_-]{32}$/;

/** Finds the link and answers; whatever goes wrong, a person gets a page and not a line of JSON. */
const answering =
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
