import { z } from "zod";
import type { Person } from "../person";
import type { Query, Rows } from "./rows";
import { sampleCampaigns } from "./sample-campaigns";

export const campaignStates = ["planned", "running", "finished"] as const;
export type CampaignState = (typeof campaignStates)[number];

const campaignSchema = z.object({
  id: z.int(),
  group_id: z.string(),
  title: z.string(),
  place: z.string(),
  starts_on: z.string(),
  ends_on: z.string(),
  state: z.enum(campaignStates),
  email: z.string(),
});
const idSchema = z.object({ id: z.int() });

export type Campaign = z.output<typeof campaignSchema>;

export interface NewCampaign {
  /** Object id of one of the person's groups. */
  readonly group: string;
  /** 1 to 200 characters. */
  readonly title: string;
  /** At most 200 characters. */
  readonly place: string;
  /** `YYYY-MM-DD`. */
  readonly startsOn: string;
  /** `YYYY-MM-DD`, not before the start. */
  readonly endsOn: string;
  readonly state?: CampaignState;
}

/**
 * The campaigns of a person's groups. One of another group is as absent as one that never was. Every function throws the
 * database's error.
 */
export interface CampaignRepository {
  /** Newest first, at most 200. A group seen for the first time finds two sample campaigns. */
  list(person: Person): Promise<readonly Campaign[]>;
  /** @returns The new campaign's number. @throws Where the group is none of the person's. */
  create(person: Person, campaign: NewCampaign): Promise<number>;
  /** @returns false where the person sees no such campaign. */
  setState(person: Person, id: number, state: CampaignState): Promise<boolean>;
  disconnect(): Promise<void>;
}

/** Dates as text: as time stamps they would shift with the zone of the process. */
const columns = "id, group_id, title, place, starts_on::text, ends_on::text, state, email";

/** The statements name no group in a condition: which rows exist for a person is the policies' business alone. */
export const createCampaignRepository = (rows: Rows): CampaignRepository => ({
  list: (person) =>
    rows.as(person, async (query) => {
      await enrolGroups(query, person);
      return query(campaignSchema, `select ${columns} from marketing.campaigns order by id desc limit 200`);
    }),

  create: (person, campaign) =>
    rows.as(person, async (query) => {
      await enrolGroups(query, person);
      return insertCampaign(query, person, campaign);
    }),

  setState: (person, id, state) =>
    rows.as(person, async (query) => {
      const sql = "update marketing.campaigns set state = $2 where id = $1 returning id";
      return (await query(idSchema, sql, [id, state])).length === 1;
    }),

  disconnect: () => rows.close(),
});

/** Notes groups at first sight, with their sample campaigns; of two requests at once, one does it. */
async function enrolGroups(query: Query, person: Person): Promise<void> {
  for (const group of person.groups) {
    const sql = "insert into marketing.groups (group_id) values ($1) on conflict do nothing returning 1 as id";
    const added = await query(idSchema, sql, [group]);
    if (added.length === 0) continue;
    for (const campaign of sampleCampaigns(group)) await insertCampaign(query, person, campaign);
  }
}

async function insertCampaign(query: Query, person: Person, campaign: NewCampaign): Promise<number> {
  const { group, title, place, startsOn, endsOn, state = "planned" } = campaign;
  const sql = `insert into marketing.campaigns (group_id, title, place, starts_on, ends_on, state, principal, email)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`;
  const values = [group, title, place, startsOn, endsOn, state, person.principal, person.email];
  const [inserted] = await query(idSchema, sql, values);
  if (!inserted) throw new Error("the database returned no number for the new campaign");
  return inserted.id;
}
