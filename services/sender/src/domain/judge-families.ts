import type { Batch } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Decision } from "./decide.ts";
import type { Decided } from "./decide-all.ts";
import { placeIn } from "./place.ts";
import type { Campaign, Families, Place } from "./ports.ts";

type OpenGate = Extract<Gate, { kind: "open" }>;
type Addressed = Decided & {
  readonly profileId: string;
  readonly lineUserId: string;
  readonly family: readonly string[];
};

/**
 * Of the profiles that are one person, lets one be sent to. The others' places are looked at after the people were:
 * whoever is in a batch that nobody holds will be looked at later, and then sees what we do now; whoever is in one that
 * is held may have been looked at before the merge, so both wait. See docs/adr/0009.
 */
export const judgeFamilies = async (
  { families }: { readonly families: Families },
  batch: Batch,
  { decided, gate }: { readonly decided: readonly Decided[]; readonly gate: OpenGate },
): Promise<readonly Decided[]> => {
  const { campaign, familySends } = gate;
  if (!campaign) return decided;
  const addressed = decided.flatMap((one) => addressedIn(batch, one));
  const relatives = await relativesIn(families, campaign, addressed);
  if (relatives.length === 0 && !familySends) return decided;

  const rivals = await rivalsOf(families, campaign, { addressed, relatives, familySends });
  if (rivals.size === 0) return decided;
  const places = await placesOf(families, campaign, { batch, rivals });
  const verdicts = new Map(
    addressed.map((one) => [
      one.index,
      judge(one, rivals.get(one.index) ?? [], { decided, batch, places }),
    ]),
  );
  return decided.map((one) => {
    const decision = verdicts.get(one.index);
    return decision ? { ...one, decision } : one;
  });
};

const addressedIn = (batch: Batch, one: Decided): Addressed[] => {
  const profileId = batch.recipients[one.index]?.profileId;
  if (profileId === undefined || !one.person || one.decision.kind !== "send") return [];
  return [{ ...one, profileId, lineUserId: one.decision.lineUserId, family: one.person.family }];
};

/** Families that came together long before the campaign are like people who were always one. */
const relativesIn = async (
  families: Families,
  campaign: Campaign,
  addressed: readonly Addressed[],
): Promise<readonly Addressed[]> => {
  const absorbed = addressed.flatMap(({ family }) => family.slice(1));
  if (absorbed.length === 0) return [];
  const able = await families.mayHavePlace(campaign, absorbed);
  return addressed.filter(({ family }) => family.some((id) => able.has(id)));
};

type Rivals = ReadonlyMap<number, readonly string[]>;

/** By recipient: who else is the same person, or has left word for the same LINE ID when they were. */
const rivalsOf = async (
  families: Families,
  campaign: Campaign,
  {
    addressed,
    relatives,
    familySends,
  }: { addressed: readonly Addressed[]; relatives: readonly Addressed[]; familySends: boolean },
): Promise<Rivals> => {
  const ref = { workspaceId: campaign.workspaceId, campaignId: campaign.id };
  const left = relatives.length > 0 ? await families.leaveWord(ref, relatives) : noWord;
  const related = new Set(relatives);
  const alone = addressed.filter((one) => !related.has(one));
  const heard =
    familySends && alone.length > 0
      ? await families.wordFor(
          ref,
          alone.map(({ lineUserId }) => lineUserId),
        )
      : noWord;
  const rivals = new Map<number, readonly string[]>();
  for (const one of addressed) {
    const { index, profileId, lineUserId, family } = one;
    const word = (related.has(one) ? left : heard).get(lineUserId) ?? [];
    const others = new Set([...(related.has(one) ? family : []), ...word]);
    others.delete(profileId);
    if (others.size > 0) rivals.set(index, [...others]);
  }
  return rivals;
};

const noWord: ReadonlyMap<string, readonly string[]> = new Map();

/** Our own batch as we hold it, which is newer than what is written of it. */
const placesOf = async (
  families: Families,
  campaign: Campaign,
  { batch, rivals }: { batch: Batch; rivals: Rivals },
): Promise<ReadonlyMap<string, Place>> => {
  const places = new Map<string, Place>();
  const elsewhere: string[] = [];
  for (const rival of new Set([...rivals.values()].flat())) {
    const here = placeIn(batch, rival);
    if (here) places.set(rival, { ...here, claimed: false });
    else elsewhere.push(rival);
  }
  if (elsewhere.length > 0)
    for (const [id, place] of await families.placesOf(campaign, elsewhere)) places.set(id, place);
  return places;
};

/** What others make of a decision to send; undefined where it stands. */
const judge = (
  one: Addressed,
  rivals: readonly string[],
  context: {
    readonly decided: readonly Decided[];
    readonly batch: Batch;
    readonly places: ReadonlyMap<string, Place>;
  },
): Decision | undefined => {
  const verdicts = rivals.map((rival) => against(one, rival, context));
  if (verdicts.includes("control")) return { kind: "skip", reason: "control_group" };
  if (verdicts.includes("merged")) return { kind: "skip", reason: "merged" };
  return verdicts.includes("hold") ? { kind: "hold" } : undefined;
};

const against = (
  one: Addressed,
  rival: string,
  { decided, batch, places }: Parameters<typeof judge>[2],
): "control" | "merged" | "hold" | undefined => {
  const place = places.get(rival);
  if (!place || place.state === "over") return undefined;
  const related = one.family.includes(rival);
  if (place.state === "control") return related ? "control" : undefined;
  if (place.state === "tried")
    return related || place.lineUserId === one.lineUserId ? "merged" : undefined;
  if (place.claimed) return "hold";

  // Looked at together with us, and perhaps a moment earlier, before the merge.
  const beside = decided.find(({ index }) => batch.recipients[index]?.profileId === rival);
  if (beside?.decision.kind === "skip") return undefined;
  if (beside && beside.person?.profileId !== one.person?.profileId) return "hold";
  return related && rival < one.profileId ? "merged" : undefined;
};
