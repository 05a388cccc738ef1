import express from "express";
import type { ErrorRequestHandler, Express } from "express";
import { InvalidError, NotFoundError } from "../lever-errors.ts";
import type { Simulator } from "../simulator.ts";
import { actionRoutes } from "./action-routes.ts";
import { channelRoutes } from "./channel-routes.ts";
import { clockRoutes } from "./clock-routes.ts";
import { faultRoutes } from "./fault-routes.ts";
import { ledgerRoutes } from "./ledger-routes.ts";
import { loginRoutes } from "./login-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";

const hint = `This is a stand-in for LINE.
Point LINE_API_BASE_URL here. The levers are under /_sim/; the package's README explains them.
`;

/** A list of a million user ids fits. */
const bodyMax = "64mb";

/** The HTTP side of the simulator's levers. */
export function createControlApp(simulator: Simulator): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: bodyMax }));
  app.get("/", (_req, res) => {
    res.type("text/plain").send(hint);
  });
  for (const routes of [
    channelRoutes,
    peopleRoutes,
    loginRoutes,
    actionRoutes,
    faultRoutes,
    ledgerRoutes,
    webhookRoutes,
    clockRoutes,
  ]) {
    app.use("/_sim", routes(simulator));
  }
  app.use(() => {
    throw new NotFoundError("there is no such lever; the package's README lists them");
  });
  app.use(answerError);
  return app;
}

const answerError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const { status, code } = kindOf(error);
  const message = error instanceof Error ? error.message : "unforeseen";
  if (status === 500) process.emitWarning(error instanceof Error ? error : message);
  res.status(status).json({ error: { code, message } });
};

function kindOf(error: unknown): { status: number; code: string } {
  if (error instanceof NotFoundError) return { status: 404, code: "not_found" };
  if (error instanceof InvalidError) return { status: 400, code: "invalid" };
  // What express says of a body it cannot read.
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === "number" && status < 500) return { status, code: "unreadable" };
  return { status: 500, code: "internal" };
}
