import { csvLine } from "../domain/csv-line.ts";
import type { PeopleFilter } from "../domain/people-filter.ts";
import { profileView, type Profile, type Profiles } from "../domain/profile.ts";
import type { ApiAnswer } from "./api-route.ts";

export type ExportFormat = "csv" | "ndjson";

/** The file that a caller asks for in `Accept`; undefined for the usual page. */
export const exportFormat = (accept: string | undefined): ExportFormat | undefined => {
  if (accept === undefined) return undefined;
  if (/\btext\/csv\b/i.test(accept)) return "csv";
  return /\bapplication\/x-ndjson\b/i.test(accept) ? "ndjson" : undefined;
};

export interface ExportOf {
  readonly workspaceId: string;
  readonly filter: PeopleFilter;
  readonly after: string;
}

const pageSize = 200;

/** Everybody who is meant as a file; of them only one page is in memory, and no cursor is held open in between. */
export const exportProfiles = (
  profiles: Pick<Profiles, "search">,
  format: ExportFormat,
  of: ExportOf,
): ApiAnswer => ({
  status: 200,
  stream: {
    type: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    pieces: format === "csv" ? csvOf(pagesOf(profiles, of)) : ndjsonOf(pagesOf(profiles, of)),
  },
});

async function* pagesOf(
  profiles: Pick<Profiles, "search">,
  { workspaceId, filter, after }: ExportOf,
): AsyncGenerator<readonly Profile[]> {
  for (let from: string | undefined = after; from !== undefined;) {
    const isTimeUp = (): boolean => true; // a window at a time, so that a caller who left is noticed
    const page: Awaited<ReturnType<Profiles["search"]>> = await profiles.search(
      workspaceId,
      filter,
      { after: from, limit: pageSize, isTimeUp },
    );
    yield page.profiles;
    from = page.next;
  }
}

async function* ndjsonOf(pages: AsyncIterable<readonly Profile[]>): AsyncGenerator<string> {
  for await (const page of pages)
    if (page.length > 0)
      yield page.map((profile) => `${JSON.stringify(profileView(profile))}\n`).join("");
}

async function* csvOf(pages: AsyncIterable<readonly Profile[]>): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns));
  for await (const page of pages)
    if (page.length > 0)
      yield page
        .map((profile) => csvLine(Object.values(columns).map((cellOf) => cellOf(profile))))
        .join("");
}

/** Traits differ from person to person, so they are one cell of JSON. */
const columns: Readonly<Record<string, (profile: Profile) => string | null>> = {
  id: ({ id }) => id,
  externalId: ({ externalId }) => externalId,
  email: ({ traits }) => textOf(traits["email"]),
  name: ({ traits }) => textOf(traits["name"]),
  displayName: ({ lineAccounts }) =>
    lineAccounts.find(({ displayName }) => displayName !== null)?.displayName ?? null,
  lineIds: (profile) =>
    Object.entries(profileView(profile).lineId)
      .map(([provider, lineUserId]) => `${provider}:${lineUserId}`)
      .join(" "),
  following: (profile) => channelsOf(profile, "following"),
  blocked: (profile) => channelsOf(profile, "blocked"),
  suppressed: ({ suppression }) => String(suppression !== null),
  suppressionReason: ({ suppression }) => suppression?.reason ?? null,
  consents: (profile) => JSON.stringify(profileView(profile).consents),
  traits: ({ traits }) => JSON.stringify(traits),
  createdAt: ({ createdAt }) => createdAt.toISOString(),
  updatedAt: ({ updatedAt }) => updatedAt.toISOString(),
};

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

const channelsOf = ({ lineAccounts }: Profile, wanted: "following" | "blocked"): string =>
  lineAccounts
    .flatMap(({ friendship }) =>
      Object.entries(friendship).flatMap(([channelId, { state }]) =>
        state === wanted ? [channelId] : [],
      ),
    )
    .join(" ");
