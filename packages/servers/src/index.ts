export { freePort } from "./free-port.ts";
export type { LocalServer } from "./local-server.ts";
export { startMongo, startRedis, startServers } from "./start-servers.ts";
export type { LocalServers, StartOptions } from "./start-servers.ts";
