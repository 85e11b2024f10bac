import { and, text } from "../term";
import { concat } from "../text-terms";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { isNoneOf, plainName, textClaims } from "./text-forms";

const names = ["terraform_organization_name", "terraform_project_name", "terraform_workspace_name"];
const ids = ["terraform_organization_id", "terraform_project_id", "terraform_workspace_id"];

/**
 * Workload identity tokens of HCP Terraform.
 * Source: developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens.
 */
export const terraformCloud: IssuerKnowledge = {
  title: "HCP Terraform",
  covers: (issuer) => issuer.kind === "oidc" && issuer.issuer.replace(/\/$/, "") === "https://app.terraform.io",
  claims: () => ({
    forms: textClaims(["sub", ...names, ...ids, "terraform_run_phase"], []),
    alphabets: Object.fromEntries(
      ["terraform_organization_name", "terraform_workspace_name", "terraform_run_phase", ...ids].map((claim) => [
        claim,
        plainName,
      ]),
    ),
    derived: {
      sub: (token) =>
        concat(
          text("organization:"),
          token.child("terraform_organization_name").text,
          text(":project:"),
          token.child("terraform_project_name").text,
          text(":workspace:"),
          token.child("terraform_workspace_name").text,
          text(":run_phase:"),
          token.child("terraform_run_phase").text,
        ),
    },
  }),
  holds: () => [],
  reusable: [
    { what: "workspace", ids: ["terraform_workspace_id"], names: ["terraform_workspace_name"], derived: ["sub"] },
    { what: "organization", ids, names, derived: ["sub"] },
  ],
  tenancy: {
    id: "terraform_organization_id",
    stranger: (token, mentioned, organizations) =>
      and(
        isNoneOf(token.child("terraform_organization_id"), mentioned),
        isNoneOf(token.child("terraform_workspace_id"), mentioned),
        isNoneOf(token.child("terraform_organization_name"), organizations.map(text)),
      ),
    namesIn: (value) => {
      const organization = /^(?:organization:)?([A-Za-z0-9_-]+)/.exec(value)?.[1];
      return organization === undefined ? [] : [organization];
    },
  },
};
