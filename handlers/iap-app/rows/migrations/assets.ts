import { appRoleExists, ownerRole } from "./foundation";
import type { Migration } from "./migration";

/** The role whose rights the asset app has. */
export const assetsRole = "keyless_asset_scanning";

/** Assets and the inventory files that they came with belong to a group: its members see them and upload new files. */
export const assets: Migration = {
  name: "0004-asset-scanning",
  sql: `
    ${appRoleExists(assetsRole)}
    create schema assets authorization ${ownerRole};
    set local role ${ownerRole};

    create table assets.groups (
      group_id uuid primary key,
      first_seen_at timestamptz not null default now()
    );

    create table assets.inventories (
      id integer generated always as identity primary key,
      group_id uuid not null references assets.groups,
      file_name text not null check (length(file_name) between 1 and 200),
      row_count integer not null check (row_count >= 0),
      principal text not null check (principal <> ''),
      email text not null check (length(email) between 1 and 320),
      created_at timestamptz not null default now()
    );
    create index on assets.inventories (group_id, id);

    create table assets.assets (
      id integer generated always as identity primary key,
      group_id uuid not null references assets.groups,
      inventory_id integer not null references assets.inventories,
      name text not null check (length(name) between 1 and 200),
      kind text not null check (length(kind) between 1 and 100),
      network text not null check (length(network) <= 200),
      last_scan date,
      findings integer not null check (findings between 0 and 100000),
      unique (group_id, name)
    );

    alter table assets.groups enable row level security, force row level security;
    alter table assets.inventories enable row level security, force row level security;
    alter table assets.assets enable row level security, force row level security;

    create policy members on assets.groups
      using (group_id = any ((select keyless.groups())::uuid[]))
      with check (group_id = any ((select keyless.groups())::uuid[]));

    create policy members_see on assets.inventories for select
      using (group_id = any ((select keyless.groups())::uuid[]));
    create policy members_add_in_their_own_name on assets.inventories for insert
      with check (
        group_id = any ((select keyless.groups())::uuid[]) and principal = (select keyless.principal())
      );

    -- The inventory must be one of the same group: foreign keys are checked past row security.
    create policy members on assets.assets
      using (group_id = any ((select keyless.groups())::uuid[]))
      with check (
        group_id = any ((select keyless.groups())::uuid[])
        and exists (
          select from assets.inventories
          where inventories.id = inventory_id and inventories.group_id = assets.group_id
        )
      );

    grant usage on schema assets to ${assetsRole};
    grant select, insert (group_id) on assets.groups to ${assetsRole};
    grant select, insert (group_id, file_name, row_count, principal, email) on assets.inventories to ${assetsRole};
    grant select, insert (group_id, inventory_id, name, kind, network, last_scan, findings),
      update (inventory_id, kind, network, last_scan, findings) on assets.assets to ${assetsRole};
    reset role;
  `,
};
