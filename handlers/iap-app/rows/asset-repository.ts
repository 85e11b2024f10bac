import { z } from "zod";
import type { Person } from "../person";
import type { Query, Rows } from "./rows";
import { sampleAssets } from "./sample-assets";

/** One line of an inventory. */
export interface InventoryLine {
  /** 1 to 200 characters; within a group it names one asset. */
  readonly name: string;
  /** 1 to 100 characters. */
  readonly kind: string;
  /** At most 200 characters. */
  readonly network: string;
  /** `YYYY-MM-DD`, or null where it was never scanned. */
  readonly lastScan: string | null;
  /** 0 to 100 000. */
  readonly findings: number;
}

export interface Inventory {
  /** Object id of one of the person's groups. */
  readonly group: string;
  /** Name of the file, 1 to 200 characters. */
  readonly fileName: string;
  /** Names are distinct. */
  readonly lines: readonly InventoryLine[];
}

const assetSchema = z.object({
  id: z.int(),
  group_id: z.string(),
  name: z.string(),
  kind: z.string(),
  network: z.string(),
  last_scan: z.string().nullable(),
  findings: z.int(),
});
const inventorySchema = z.object({
  id: z.int(),
  group_id: z.string(),
  file_name: z.string(),
  row_count: z.int(),
  email: z.string(),
  created_at: z.date(),
});
const idSchema = z.object({ id: z.int() });

export type Asset = z.output<typeof assetSchema>;
export type StoredInventory = z.output<typeof inventorySchema>;

/** The assets of a person's groups. Every function throws the database's error. */
export interface AssetRepository {
  /** By name, at most 500. A group seen for the first time finds a sample inventory. */
  list(
    person: Person,
  ): Promise<{ readonly assets: readonly Asset[]; readonly inventories: readonly StoredInventory[] }>;
  /**
   * Stores a whole inventory or nothing of it. An asset of a name that the group has already takes its new values.
   *
   * @returns Number of assets that are new. @throws Where the group is none of the person's.
   */
  store(person: Person, inventory: Inventory): Promise<number>;
  disconnect(): Promise<void>;
}

export const createAssetRepository = (rows: Rows): AssetRepository => ({
  list: (person) =>
    rows.as(person, async (query) => {
      await enrolGroups(query, person);
      const assets = await query(
        assetSchema,
        `select id, group_id, name, kind, network, last_scan::text, findings from assets.assets
          order by findings desc, name limit 500`,
      );
      const inventories = await query(
        inventorySchema,
        "select id, group_id, file_name, row_count, email, created_at from assets.inventories order by id desc limit 20",
      );
      return { assets, inventories };
    }),

  store: (person, inventory) =>
    rows.as(person, async (query) => {
      await enrolGroups(query, person);
      return insertInventory(query, person, inventory);
    }),

  disconnect: () => rows.close(),
});

/** Notes groups at first sight, with a sample inventory; of two requests at once, one does it. */
async function enrolGroups(query: Query, person: Person): Promise<void> {
  for (const group of person.groups) {
    const sql = "insert into assets.groups (group_id) values ($1) on conflict do nothing returning 1 as id";
    const added = await query(idSchema, sql, [group]);
    if (added.length === 0) continue;
    await insertInventory(query, person, { group, fileName: "sample.csv", lines: sampleAssets(group) });
  }
}

async function insertInventory(query: Query, person: Person, { group, fileName, lines }: Inventory): Promise<number> {
  const sql = `insert into assets.inventories (group_id, file_name, row_count, principal, email)
    values ($1, $2, $3, $4, $5) returning id`;
  const [inventory] = await query(idSchema, sql, [group, fileName, lines.length, person.principal, person.email]);
  if (!inventory) throw new Error("the database returned no number for the new inventory");
  // All lines in one statement: five thousand single ones would hold the transaction for seconds.
  const stored = await query(
    z.object({ fresh: z.boolean() }),
    `insert into assets.assets (group_id, inventory_id, name, kind, network, last_scan, findings)
      select $1::uuid, $2::integer, name, kind, network, "lastScan", findings
      from jsonb_to_recordset($3::text::jsonb)
        as lines (name text, kind text, network text, "lastScan" date, findings integer)
      on conflict (group_id, name) do update
        set inventory_id = excluded.inventory_id, kind = excluded.kind, network = excluded.network,
          last_scan = excluded.last_scan, findings = excluded.findings
      returning (xmax = 0) as fresh`,
    [group, inventory.id, JSON.stringify(lines)],
  );
  return stored.filter(({ fresh }) => fresh).length;
}
