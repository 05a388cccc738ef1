import { connect } from "node:net";
import express, { type Express } from "express";
import { onTestFinished } from "vitest";

import {
  createLogger,
  errorHandler,
  listen,
  type ListenOptions,
  notFound,
  requestId,
} from "../src/index.ts";

/** An app as a service builds it, around the routes of one test. */
export const startApp = async (
  routes: (app: Express) => void,
  limits: ListenOptions["limits"] = {},
) => {
  const lines: string[] = [];
  const log = createLogger({
    service: "test",
    level: "info",
    destination: { write: (line: string) => lines.push(line) },
  });
  const app = express().disable("x-powered-by");
  app.use(requestId());
  routes(app);
  app.use(notFound());
  app.use(errorHandler({ log }));
  const listening = await listen(app, { port: 0, host: "127.0.0.1", log, limits });
  onTestFinished(() => listening.close(0));
  return { ...listening, url: `http://127.0.0.1:${listening.port}`, lines, log };
};

/** Everything a server says to these bytes until it closes the connection; the test decides when to send what. */
export const talk = (
  port: number,
  send: (write: (text: string | Buffer) => void) => void,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const heard: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      send((text) => {
        if (socket.writable) socket.write(text);
      });
    });
    socket.on("data", (chunk) => heard.push(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => resolve(Buffer.concat(heard).toString()));
    onTestFinished(() => {
      socket.destroy();
    });
  });
