import { z } from "zod";
import type { Person } from "../person";
import { type AssetRepository, createAssetRepository, type InventoryLine } from "./asset-repository";
import { type CampaignRepository, createCampaignRepository } from "./campaign-repository";
import { appSchemas } from "./migrations";
import type { Query } from "./rows";
import { describeOnEngines, type TestDatabase } from "./testing/engines";
import { assetGroup, marketingGroup, otherGroup, person } from "./testing/people";

const anyRow = z.record(z.string(), z.unknown());
const run =
  (sql: string, ...parameters: (string | number)[]) =>
  (query: Query) =>
    query(anyRow, sql, parameters);

const marketer = person("marketing-manager", { groups: [marketingGroup] });
const colleague = person("colleague", { groups: [marketingGroup] });
const stranger = person("stranger", { groups: [otherGroup] });
const nobodys = person("without-groups");
const both = person("administrator", { groups: [marketingGroup, otherGroup] });

/** Every table of a schema whose rows the policies do not guard. */
const unguarded = (schema: string) =>
  `select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = '${schema}' and relkind = 'r'
    and not (relrowsecurity and relforcerowsecurity and exists (select from pg_policy where polrelid = pg_class.oid))`;

describeOnEngines("campaigns", (engine) => {
  let database: TestDatabase;
  let campaigns: CampaignRepository;
  beforeAll(async () => {
    database = await engine.open(appSchemas["marketing-immersion"]);
    campaigns = createCampaignRepository(database.rows);
  });
  afterAll(() => database.close());
  const titles = async (who: Person) => (await campaigns.list(who)).map(({ title }) => title);
  const campaign = (group: string, title: string) => ({
    group,
    title,
    place: "Delft",
    startsOn: "2027-01-01",
    endsOn: "2027-02-01",
  });

  it("are those of a person's groups: two samples at the first visit of anyone of the group", async () => {
    const first = await campaigns.list(marketer);
    expect(first).toHaveLength(2);
    expect(new Set(first.map(({ group_id }) => group_id))).toEqual(new Set([marketingGroup]));
    expect(await campaigns.list(colleague)).toEqual(first);
    expect((await campaigns.list(both)).map(({ group_id }) => group_id).sort()).toEqual(
      [marketingGroup, marketingGroup, otherGroup, otherGroup].sort(),
    );
  });

  it("are seen and changed by everyone in the group, and by nobody else", async () => {
    const id = await campaigns.create(marketer, campaign(marketingGroup, "For the group"));
    expect(await titles(colleague)).toContain("For the group");
    expect(await titles(stranger)).not.toContain("For the group");
    expect(await campaigns.setState(stranger, id, "running")).toBe(false);
    expect(await campaigns.setState(colleague, id, "running")).toBe(true);
    expect((await campaigns.list(marketer)).find((one) => one.id === id)).toMatchObject({
      state: "running",
      email: "marketing-manager@ailab.com",
      starts_on: "2027-01-01",
    });
  });

  it("do not exist for a person without groups", async () => {
    await campaigns.list(marketer);
    expect(await campaigns.list(nobodys)).toEqual([]);
    await expect(campaigns.create(nobodys, campaign(marketingGroup, "x"))).rejects.toThrow("row-level security");
  });

  it("are not seen any more by somebody who has left the group", async () => {
    const leaving = person("leaving", { groups: [marketingGroup] });
    await campaigns.create(leaving, campaign(marketingGroup, "Left behind"));
    expect(await titles(leaving)).toContain("Left behind");
    expect(await titles(person("leaving", { groups: [otherGroup] }))).not.toContain("Left behind");
  });

  it("cannot be made for a group of others, moved there, or made in another's name", async () => {
    await expect(campaigns.create(marketer, campaign(otherGroup, "x"))).rejects.toThrow("row-level security");
    await expect(
      database.rows.as(marketer, run("update marketing.campaigns set group_id = $1", otherGroup)),
    ).rejects.toThrow("permission denied");
    const sql = `insert into marketing.campaigns (group_id, title, place, starts_on, ends_on, principal, email)
      values ($1, 'x', '', '2027-01-01', '2027-01-01', $2, 'e')`;
    await expect(database.rows.as(marketer, run(sql, marketingGroup, stranger.principal))).rejects.toThrow(
      "row-level security",
    );
    await expect(database.rows.as(marketer, run("delete from marketing.campaigns"))).rejects.toThrow(
      "permission denied",
    );
  });

  it("end no earlier than they begin", async () => {
    const backwards = { ...campaign(marketingGroup, "x"), endsOn: "2026-12-31" };
    await expect(campaigns.create(marketer, backwards)).rejects.toThrow("check constraint");
  });

  it("stand in tables that are all guarded", async () => {
    expect(await database.admin(unguarded("marketing"))).toEqual([]);
  });

  it("are nothing that another app's role reaches", async () => {
    const roles = await database.admin("select rolname from pg_roles where rolname like 'keyless_%' order by 1");
    expect(roles).toEqual([{ rolname: "keyless_marketing_immersion" }, { rolname: "keyless_owner" }]);
  });
});

describeOnEngines("assets", (engine) => {
  let database: TestDatabase;
  let assets: AssetRepository;
  const scanner = person("scanner", { groups: [assetGroup] });
  const line = (name: string, change: Partial<InventoryLine> = {}): InventoryLine => ({
    name,
    kind: "Switch",
    network: "Delft",
    lastScan: "2026-11-20",
    findings: 1,
    ...change,
  });
  beforeAll(async () => {
    database = await engine.open(appSchemas["asset-scanning"]);
    assets = createAssetRepository(database.rows);
  });
  afterAll(() => database.close());
  const names = async (who: Person) => (await assets.list(who)).assets.map(({ name }) => name);

  it("are those of a person's groups, with a sample inventory at first", async () => {
    expect((await assets.list(scanner)).inventories).toMatchObject([{ file_name: "sample.csv", row_count: 3 }]);
    expect(await names(scanner)).toHaveLength(3);
    expect(await names(nobodys)).toEqual([]);
  });

  it("come with an uploaded inventory, new ones and known ones, and only for the group", async () => {
    const stored = await assets.store(scanner, {
      group: assetGroup,
      fileName: "a.csv",
      lines: [line("one"), line("two")],
    });
    expect(stored).toBe(2);
    const again = [line("two", { findings: 7, lastScan: null }), line("three")];
    expect(await assets.store(scanner, { group: assetGroup, fileName: "b.csv", lines: again })).toBe(1);
    const { assets: all } = await assets.list(scanner);
    expect(all.find(({ name }) => name === "two")).toMatchObject({ findings: 7, last_scan: null });
    expect(all.find(({ name }) => name === "one")).toMatchObject({ last_scan: "2026-11-20" });
    expect(await names(stranger)).not.toContain("one");
  });

  it("of the same name are other assets in another group", async () => {
    await assets.store(stranger, { group: otherGroup, fileName: "o.csv", lines: [line("one", { kind: "Printer" })] });
    expect((await assets.list(scanner)).assets.find(({ name }) => name === "one")).toMatchObject({ kind: "Switch" });
  });

  it("are stored all together or not at all", async () => {
    const before = await names(scanner);
    const inventories = (await assets.list(scanner)).inventories.length;
    const bad = [line("good"), line("x".repeat(201))];
    await expect(assets.store(scanner, { group: assetGroup, fileName: "bad.csv", lines: bad })).rejects.toThrow();
    expect(await names(scanner)).toEqual(before);
    expect((await assets.list(scanner)).inventories).toHaveLength(inventories);
  });

  it("cannot be stored for a group of others, nor under its inventory", async () => {
    await expect(assets.store(scanner, { group: otherGroup, fileName: "x.csv", lines: [line("x")] })).rejects.toThrow(
      "row-level security",
    );
    const [foreign] = (await assets.list(stranger)).inventories;
    const sql = `insert into assets.assets (group_id, inventory_id, name, kind, network, findings)
      values ($1, $2, 'stolen', 'k', '', 0)`;
    await expect(database.rows.as(scanner, run(sql, assetGroup, foreign?.id ?? 0))).rejects.toThrow(
      "row-level security",
    );
  });

  it("of an inventory of five thousand lines are stored at once", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => line(`bulk-${index}`));
    expect(await assets.store(scanner, { group: assetGroup, fileName: "bulk.csv", lines })).toBe(5_000);
    expect((await assets.list(scanner)).assets).toHaveLength(500);
  });

  it.each(["'); drop table assets.assets; --", '"', "\\", "{}", "null", "a\tb"])("may be named %j", async (name) => {
    await assets.store(person("odd", { groups: [marketingGroup] }), {
      group: marketingGroup,
      fileName: name,
      lines: [line(name)],
    });
    expect(await names(person("odd", { groups: [marketingGroup] }))).toContain(name);
  });

  it("stand in tables that are all guarded", async () => {
    expect(await database.admin(unguarded("assets"))).toEqual([]);
  });
});
