import { cloudSqlSuperuser } from "../../facts/cloud-sql";
import { googleApiErrors } from "../../facts/token-exchange";
import type { VirtualHost } from "../network/virtual-host";
import { apiHost, GoogleApiFailure } from "./api";
import { deployerOnly } from "./deployer-only";
import { isSameProject } from "./projects";
import type { GoogleServices } from "./services";

const usersPath = /^\/v1\/projects\/(?<project>[^/]+)\/instances\/(?<instance>[a-z0-9-]+)\/users$/;
const jobPath = /^\/v2\/projects\/(?<project>[^/]+)\/locations\/(?<location>[a-z0-9-]+)\/jobs\/(?<job>[a-z0-9-]+):run$/;

/** sqladmin.googleapis.com: users.update, for a user and with a role that are there. The twin has no instance behind it. */
export function sqlAdminHost(services: GoogleServices): VirtualHost {
  return apiHost("sqladmin.googleapis.com", [
    deployerOnly(services, "sqladmin", "PUT", usersPath, async ({ path, query }) => {
      const user = services.store.find(
        "google_sql_user",
        ({ values }) =>
          values["instance"] === path["instance"] &&
          values["name"] === query.get("name") &&
          isSameProject(services.store, String(values["project"]), path["project"] ?? ""),
      );
      if (user === undefined) throw new GoogleApiFailure(googleApiErrors.notFound("The user does not exist."));
      if (query.get("databaseRoles") !== cloudSqlSuperuser)
        throw new GoogleApiFailure(googleApiErrors.invalidArgument("Expected a database role that exists."));
      return { kind: "sql#operation", name: "finished", status: "DONE", operationType: "UPDATE_USER" };
    }),
  ]);
}

/** run.googleapis.com: jobs.run, of a job that is there. It ends at once and does nothing: the apps keep their rows in memory here. */
export function cloudRunHost(services: GoogleServices): VirtualHost {
  return apiHost("run.googleapis.com", [
    deployerOnly(services, "run", "POST", jobPath, async ({ path }) => {
      const { project = "", location = "", job = "" } = path;
      const found = services.store.find(
        "google_cloud_run_v2_job",
        ({ values }) =>
          values["name"] === job &&
          values["location"] === location &&
          isSameProject(services.store, String(values["project"]), project),
      );
      if (found === undefined) throw new GoogleApiFailure(googleApiErrors.notFound("The job does not exist."));
      return { name: `projects/${project}/locations/${location}/operations/finished`, done: true };
    }),
  ]);
}
