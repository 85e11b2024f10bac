import type { Migration } from "./migration";

/** Owner of every table and policy. Nobody logs in as it, and row security is forced on it too. */
export const ownerRole = "keyless_owner";

/** A role of the whole server, made where it is missing: several databases may live on one server. */
export const roleExists = (role: string): string => `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${role}') then
      create role ${role} nologin nobypassrls;
    end if;
  end $$;
`;

/** What an app's role may do at all; each schema grants the rest. */
export const appRoleExists = (role: string): string => `${roleExists(role)}
  grant usage on schema keyless to ${role};
`;

/**
 * Who reads, for the policies: settings made for one transaction. A setting that was made for an earlier transaction of
 * the same connection reads as the empty string, hence nullif: NULL equals nothing, and an empty array holds nothing.
 */
export const foundation: Migration = {
  name: "0001-foundation",
  sql: `
    ${roleExists(ownerRole)}
    grant ${ownerRole} to current_user;
    create schema if not exists keyless authorization ${ownerRole};
    set local role ${ownerRole};

    create function keyless.principal() returns text stable parallel safe
      return nullif(current_setting('keyless.principal', true), '');
    comment on function keyless.principal() is 'Principal of the person in whose name the transaction runs.';

    create function keyless.groups() returns uuid[] stable parallel safe
      return coalesce(string_to_array(nullif(current_setting('keyless.groups', true), ''), ' '), '{}')::uuid[];
    comment on function keyless.groups() is 'Object ids of the groups that the person belongs to.';

    create function keyless.reports() returns text[] stable parallel safe
      return coalesce(string_to_array(nullif(current_setting('keyless.reports', true), ''), ' '), '{}');
    comment on function keyless.reports() is 'Principals of the people whose manager the person is.';

    create function keyless.self_and_reports() returns text[] stable parallel safe
      return array_remove(array_prepend(keyless.principal(), keyless.reports()), null);
    comment on function keyless.self_and_reports() is 'Principals whose rows the person may see.';

    reset role;
  `,
};
