/** The person in whose name the transaction runs; NULL, which equals nothing, where none is set. A setting made for one
 * transaction reads as the empty string after it, hence nullif. */
const principal = "nullif(current_setting('keyless.principal', true), '')";

/** The role whose rights the app has: no log-in of its own, not the owner of anything, bound by every policy. */
export const appRole = "keyless_app";

/**
 * The schema, step by step; a step that has been released is never changed. As text in the code so that it is part of
 * the bundle. The owner is not a superuser and row security is forced on it too: only migrations run as the superuser.
 */
export const migrations: readonly string[] = [
  `
  create role keyless_owner nologin nobypassrls;
  create role ${appRole} nologin nobypassrls;
  create schema desk authorization keyless_owner;
  set role keyless_owner;

  create table desk.people (
    principal text primary key check (principal <> ''),
    first_seen_at timestamptz not null default now()
  );

  create table desk.tickets (
    id integer generated always as identity primary key,
    principal text not null references desk.people,
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
    body text not null check (length(body) between 1 and 5000),
    created_at timestamptz not null default now()
  );
  create index on desk.comments (ticket_id, id);

  alter table desk.people enable row level security;
  alter table desk.people force row level security;
  alter table desk.tickets enable row level security;
  alter table desk.tickets force row level security;
  alter table desk.comments enable row level security;
  alter table desk.comments force row level security;

  create policy own_rows on desk.people
    using (principal = ${principal}) with check (principal = ${principal});
  create policy own_rows on desk.tickets
    using (principal = ${principal}) with check (principal = ${principal});
  create policy own_rows on desk.comments
    using (principal = ${principal})
    -- Foreign keys are checked past row security, so without the second part one could comment on anybody's ticket.
    with check (principal = ${principal} and exists (select from desk.tickets where tickets.id = ticket_id));

  grant usage on schema desk to ${appRole};
  grant select, insert (principal) on desk.people to ${appRole};
  grant select, insert (principal, subject, description), update (state) on desk.tickets to ${appRole};
  grant select, insert (ticket_id, principal, body) on desk.comments to ${appRole};
  reset role;
  `,
];
