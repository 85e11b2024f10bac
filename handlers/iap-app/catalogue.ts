/** A read-only list, the same for everybody whom the gateway lets in. */
export interface Catalogue {
  /** What the page shows, and who may see it. */
  readonly lead: string;
  readonly caption: string;
  readonly columns: readonly string[];
  /** Cells in the order of the columns. */
  readonly rows: readonly (readonly string[])[];
}

export const campaigns: Catalogue = {
  lead: "The campaigns of this year, read-only. They are sample content kept in the app; everyone in the group that the gateway admits sees the same list.",
  caption: "Campaigns",
  columns: ["Campaign", "Place", "Weeks", "State"],
  rows: [
    ["Open house in the data centre", "Amsterdam", "10 to 12", "finished"],
    ["Walk through a query", "Headset tour", "18 to 26", "running"],
    ["Spring newsletter, interactive", "E-mail", "14 to 15", "finished"],
    ["Trade fair booth", "Hanover", "38 to 39", "planned"],
  ],
};

export const assets: Catalogue = {
  lead: "The latest scan of each asset, read-only. They are sample content kept in the app; everyone in the group that the gateway admits sees the same list.",
  caption: "Scanned assets",
  columns: ["Asset", "Kind", "Network", "Last scan", "Findings"],
  rows: [
    ["rack-07-switch-2", "Switch", "Server room, Delft", "Monday 04:10", "none"],
    ["print-2f-east", "Printer", "Office, second floor", "Monday 04:25", "1: firmware two releases behind"],
    ["badge-reader-gate-3", "Badge reader", "Building access", "Monday 04:31", "none"],
    ["lab-gateway-5", "Sensor gateway", "Laboratory", "Sunday 04:12", "2: default password, open telnet port"],
  ],
};
