import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems hand to outgoing connections: those could take a server's port while it is down
 * between a kill and its restart.
 */
const firstPort = 15_000;
const lastPort = 31_999;
const looksMax = 50;

/** A loopback port that nothing listens on now. */
export const freePort = async (): Promise<number> => {
  for (let look = 0; look < looksMax; look += 1) {
    const port = randomInt(firstPort, lastPort + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${firstPort} and ${lastPort}`);
};

/** True when a server could listen on the loopback port now. */
export const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};
