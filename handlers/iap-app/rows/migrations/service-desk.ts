import { appRoleExists, ownerRole } from "./foundation";
import type { Migration } from "./migration";

/** The role whose rights the service desk has: no log-in of its own, not the owner of anything, bound by every policy. */
export const serviceDeskRole = "keyless_service_desk";

/**
 * Tickets: the owner's, seen by the owner's manager too, who may comment but not close. The functions stand in scalar
 * subqueries, so that PostgreSQL calls them once a statement and not once a row.
 */
export const serviceDesk: Migration = {
  name: "0002-service-desk",
  sql: `
    ${appRoleExists(serviceDeskRole)}
    create schema desk authorization ${ownerRole};
    set local role ${ownerRole};

    create table desk.people (
      principal text primary key check (principal <> ''),
      first_seen_at timestamptz not null default now()
    );

    create table desk.tickets (
      id integer generated always as identity primary key,
      principal text not null references desk.people,
      -- As it was when the ticket was made; to show, never to compare.
      email text not null check (length(email) between 1 and 320),
      subject text not null check (length(subject) between 1 and 200),
      description text not null check (length(description) <= 5000),
      state text not null default 'open' check (state in ('open', 'closed')),
      created_at timestamptz not null default now()
    );
    create index on desk.tickets (principal, id);

    create table desk.comments (
      id integer generated always as identity primary key,
      ticket_id integer not null references desk.tickets,
      principal text not null references desk.people,
      email text not null check (length(email) between 1 and 320),
      body text not null check (length(body) between 1 and 5000),
      created_at timestamptz not null default now()
    );
    create index on desk.comments (ticket_id, id);

    alter table desk.people enable row level security, force row level security;
    alter table desk.tickets enable row level security, force row level security;
    alter table desk.comments enable row level security, force row level security;

    create policy self on desk.people
      using (principal = (select keyless.principal())) with check (principal = (select keyless.principal()));

    create policy owner_and_manager_see on desk.tickets for select
      using (principal = any ((select keyless.self_and_reports())::text[]));
    create policy owner_writes on desk.tickets for insert
      with check (principal = (select keyless.principal()));
    create policy owner_changes on desk.tickets for update
      using (principal = (select keyless.principal())) with check (principal = (select keyless.principal()));

    -- Row security applies to the tickets in these subqueries as well. Foreign keys are checked past it, so without the
    -- second part of the last policy one could comment on anybody's ticket.
    create policy with_the_ticket on desk.comments for select
      using (exists (select from desk.tickets where tickets.id = ticket_id));
    create policy in_ones_own_name on desk.comments for insert
      with check (
        principal = (select keyless.principal()) and exists (select from desk.tickets where tickets.id = ticket_id)
      );

    grant usage on schema desk to ${serviceDeskRole};
    grant select, insert (principal) on desk.people to ${serviceDeskRole};
    grant select, insert (principal, email, subject, description), update (state) on desk.tickets
      to ${serviceDeskRole};
    grant select, insert (ticket_id, principal, email, body) on desk.comments to ${serviceDeskRole};
    reset role;
  `,
};
