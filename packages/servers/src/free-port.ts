import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems hand to outgoing connections: those could take a server's port before it starts, or
 * while it is down between a kill and its restart.
 */
const firstPort = 15_000;
const lastPort = 31_999;
const looksMax = 50;

/** A loopback port that nothing listens on now, and that nobody else gets from here as long as this process lives. */
export const freePort = async (): Promise<number> => {
  for (let look = 0; look < looksMax; look += 1) {
    const port = randomInt(firstPort, lastPort + 1);
    if ((await isFree(port)) && (await tryToClaim(port))) return port;
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

/**
 * Claims the port; true for the first who does on this machine. What is to listen on it is often another process, and takes
 * a second to start: the UDP port of the same number, which nobody else wants, says meanwhile that it is spoken for.
 * It goes with this process.
 */
export const tryToClaim = async (port: number): Promise<boolean> => {
  const claim = createSocket("udp4").unref();
  try {
    claim.bind(port, "127.0.0.1");
    await once(claim, "listening");
    return true;
  } catch {
    claim.close();
    return false;
  }
};
