import { appRoleExists, ownerRole } from "./foundation";
import type { Migration } from "./migration";

/** The role whose rights the marketing app has. */
export const marketingRole = "keyless_marketing_immersion";

/** Campaigns belong to a group: its members see them, make new ones and change their state. */
export const marketing: Migration = {
  name: "0003-marketing-immersion",
  sql: `
    ${appRoleExists(marketingRole)}
    create schema marketing authorization ${ownerRole};
    set local role ${ownerRole};

    create table marketing.groups (
      group_id uuid primary key,
      first_seen_at timestamptz not null default now()
    );

    create table marketing.campaigns (
      id integer generated always as identity primary key,
      group_id uuid not null references marketing.groups,
      title text not null check (length(title) between 1 and 200),
      place text not null check (length(place) <= 200),
      starts_on date not null,
      ends_on date not null check (ends_on >= starts_on),
      state text not null default 'planned' check (state in ('planned', 'running', 'finished')),
      principal text not null check (principal <> ''),
      email text not null check (length(email) between 1 and 320),
      created_at timestamptz not null default now()
    );
    create index on marketing.campaigns (group_id, id);

    alter table marketing.groups enable row level security, force row level security;
    alter table marketing.campaigns enable row level security, force row level security;

    create policy members on marketing.groups
      using (group_id = any ((select keyless.groups())::uuid[]))
      with check (group_id = any ((select keyless.groups())::uuid[]));

    create policy members_see on marketing.campaigns for select
      using (group_id = any ((select keyless.groups())::uuid[]));
    create policy members_add_in_their_own_name on marketing.campaigns for insert
      with check (
        group_id = any ((select keyless.groups())::uuid[]) and principal = (select keyless.principal())
      );
    create policy members_change on marketing.campaigns for update
      using (group_id = any ((select keyless.groups())::uuid[]))
      with check (group_id = any ((select keyless.groups())::uuid[]));

    grant usage on schema marketing to ${marketingRole};
    grant select, insert (group_id) on marketing.groups to ${marketingRole};
    grant select, insert (group_id, title, place, starts_on, ends_on, state, principal, email), update (state)
      on marketing.campaigns to ${marketingRole};
    reset role;
  `,
};
