import type { PeopleFilter } from "../domain/people-filter.ts";
import { profileView, type Profile, type Profiles } from "../domain/profile.ts";
import type { ApiAnswer } from "./api-route.ts";
import { exportRows, type ExportFormat } from "./export-rows.ts";

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
): ApiAnswer => exportRows(format, pagesOf(profiles, of), { view: profileView, columns });

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
