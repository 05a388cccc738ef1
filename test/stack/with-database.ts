/** The same server, with this database as the one that clients open. */
export const withDatabase = (serverUrl: string, database: string): string => {
  const parsed = new URL(serverUrl);
  parsed.pathname = `/${database}`;
  return parsed.toString();
};
