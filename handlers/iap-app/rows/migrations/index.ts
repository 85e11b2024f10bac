import { assets, assetsRole } from "./assets";
import { foundation } from "./foundation";
import { marketing, marketingRole } from "./marketing";
import type { Migration } from "./migration";
import { serviceDesk, serviceDeskRole } from "./service-desk";

export { applyMigrations, MigrationError, type MigrationSession } from "./apply-migrations";
export type { Migration } from "./migration";

/** All steps, in order: what a server's database goes through. */
export const migrations: readonly Migration[] = [foundation, serviceDesk, marketing, assets];

/** What an app needs of a database: the role that it acts as, and the steps that make its tables. */
export interface AppSchema {
  readonly role: string;
  readonly migrations: readonly Migration[];
}

/** The apps that keep rows. */
export const appSchemas = {
  "service-desk": { role: serviceDeskRole, migrations: [foundation, serviceDesk] },
  "marketing-immersion": { role: marketingRole, migrations: [foundation, marketing] },
  "asset-scanning": { role: assetsRole, migrations: [foundation, assets] },
} as const satisfies Record<string, AppSchema>;
