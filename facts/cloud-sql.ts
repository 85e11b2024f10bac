/**
 * Cloud SQL for PostgreSQL with log-ins of IAM.
 * Source: cloud.google.com/sql/docs/postgres/iam-logins, cloud.google.com/sql/docs/postgres/users.
 */

/** Flag of an instance that takes Google access tokens for passwords. */
export const iamAuthenticationFlag = "cloudsql.iam_authentication";

/** Role on the project that lets an account log in to its instances; a user in the database is needed beside it. */
export const instanceUserRole = "roles/cloudsql.instanceUser";

/** Scope of a token that is good for logging in and nothing else. */
export const sqlLoginScope = "https://www.googleapis.com/auth/sqlservice.login";

/** The role in the database that may make roles and owns the databases that the API makes; no superuser in PostgreSQL's sense. */
export const cloudSqlSuperuser = "cloudsqlsuperuser";

/** Name in the database of a service account: its e-mail without this end, as PostgreSQL's names have 63 characters at most. */
const serviceAccountEnd = ".gserviceaccount.com";
export const iamLoginOf = (email: string): string =>
  email.endsWith(serviceAccountEnd) ? email.slice(0, -serviceAccountEnd.length) : email;

/**
 * Environment variable with the PEM of the authority that an instance's certificate comes from. Not a part of the JSON
 * configuration: Terraform fills it in, line breaks and all, which a JSON string cannot hold.
 */
export const databaseAuthorityVariable = "KEYLESS_DATABASE_AUTHORITY";

/** Argument by which the apps' image lays the databases' schemas and ends, in place of serving. */
export const migrateArgument = "migrate";
