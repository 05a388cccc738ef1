import express from "express";
import type { Express } from "express";
import type { Simulator } from "../simulator.ts";

const hint = `This is a stand-in for LINE.
Point LINE_API_BASE_URL here. The levers are under /_sim/; the package's README explains them.
`;

/** The HTTP side of the simulator's levers. */
export function createControlApp(_simulator: Simulator): Express {
  const app = express();
  app.disable("x-powered-by");
  app.get("/", (_req, res) => {
    res.type("text/plain").send(hint);
  });
  return app;
}
