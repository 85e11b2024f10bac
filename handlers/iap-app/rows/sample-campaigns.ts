import { createHash } from "node:crypto";
import type { NewCampaign } from "./campaign-repository";

const samples = [
  {
    title: "Open house in the data centre",
    place: "Amsterdam",
    startsOn: "2026-03-02",
    endsOn: "2026-03-20",
    state: "finished",
  },
  {
    title: "Walk through a query",
    place: "Headset tour",
    startsOn: "2026-04-27",
    endsOn: "2026-12-18",
    state: "running",
  },
  {
    title: "Spring newsletter, interactive",
    place: "E-mail",
    startsOn: "2026-03-30",
    endsOn: "2026-04-10",
    state: "finished",
  },
  { title: "Trade fair booth", place: "Hanover", startsOn: "2027-04-12", endsOn: "2027-04-16", state: "planned" },
  { title: "Summer school visit", place: "Delft", startsOn: "2027-07-05", endsOn: "2027-07-09", state: "planned" },
] as const satisfies readonly Omit<NewCampaign, "group">[];

/**
 * Two campaigns for a group seen for the first time: the embedded database starts empty, and one sees at a glance that
 * members of other groups see other rows. The same for a group at every start.
 */
export function sampleCampaigns(group: string): readonly NewCampaign[] {
  const [first = 0, second = 0] = createHash("sha256").update(group).digest();
  const start = first % samples.length;
  const other = (start + 1 + (second % (samples.length - 1))) % samples.length;
  return samples.filter((_, index) => index === start || index === other).map((campaign) => ({ ...campaign, group }));
}
