import { gitlabIssuer } from "../../../facts/issuers";
import type { Issuer } from "../../access/federation";
import type { ClaimVariable } from "../claim-variable";
import { and, choose, implies, type Term, text } from "../term";
import { concat, startsWith } from "../text-terms";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { digitsOnly, hidden, isNoneOf, isOneOf, pathOfNames, plainName, refCharacters, textClaims } from "./text-forms";

const always = [
  "sub",
  "namespace_id",
  "namespace_path",
  "project_id",
  "project_path",
  "ref",
  "ref_type",
  "ref_protected",
];
const optional = [
  "pipeline_source",
  "environment",
  "environment_protected",
  "ci_config_ref_uri",
  "user_login",
  "user_id",
  "user_email",
];
/** The project's name without its namespace. */
const name = hidden("name");

/** Parts of `sub` that a project may leave out or put the other way round. Source: docs.gitlab.com/api/projects. */
const [withType, withRef, refFirst] = [hidden("with-type"), hidden("with-ref"), hidden("ref-first")];

function subjectOf(token: ClaimVariable): Term<"String"> {
  const project = concat(text("project_path:"), token.child("project_path").text);
  const type = concat(text(":ref_type:"), token.child("ref_type").text);
  const ref = concat(text(":ref:"), token.child("ref").text);
  const [typed, told] = [token.child(withType).flag, token.child(withRef).flag];
  return choose(
    typed,
    choose(
      told,
      choose(token.child(refFirst).flag, concat(project, ref, type), concat(project, type, ref)),
      concat(project, type),
    ),
    choose(told, concat(project, ref), project),
  );
}

/** A self-managed instance goes by its usual name; there all projects are of one company. */
const isShared = (issuer: Issuer): boolean =>
  issuer.kind === "oidc" && issuer.issuer.replace(/\/$/, "") === gitlabIssuer;

/** ID tokens of GitLab's pipelines. Source: docs.gitlab.com/ci/secrets/id_token_authentication. */
export const gitlab: IssuerKnowledge = {
  title: "GitLab",
  covers: (issuer) => isShared(issuer) || (issuer.kind === "oidc" && /^https:\/\/gitlab\./.test(issuer.issuer)),
  ofOneTenant: (issuer) => !isShared(issuer),
  claims: () => ({
    forms: textClaims([...always, name, withType, withRef, refFirst], optional),
    alphabets: {
      namespace_id: digitsOnly,
      project_id: digitsOnly,
      namespace_path: pathOfNames,
      [name]: plainName,
      ref: refCharacters,
    },
    derived: {
      project_path: (token) => concat(token.child("namespace_path").text, text("/"), token.child(name).text),
      sub: subjectOf,
    },
  }),
  holds: (token) => {
    const looksAt = (claim: string) => token.children.has(claim);
    const claim = (key: string) => token.child(key);
    const facts: Term<"Bool">[] = [];
    if (looksAt("ref_type")) facts.push(isOneOf(claim("ref_type"), "branch", "tag"));
    if (looksAt("ref_protected")) facts.push(isOneOf(claim("ref_protected"), "true", "false"));
    if (looksAt("pipeline_source") && looksAt("ref"))
      facts.push(
        implies(startsWith(claim("ref").text, text("refs/merge-requests/")), mergeRequest(claim("pipeline_source"))),
      );
    return facts;
  },
  reusable: [
    { what: "project", ids: ["project_id"], names: ["project_path", name, "ci_config_ref_uri"], derived: ["sub"] },
    {
      what: "namespace",
      ids: ["namespace_id", "project_id"],
      names: ["namespace_path", "project_path", name, "ci_config_ref_uri"],
      derived: ["sub"],
    },
  ],
  outsiders: (token) => mergeRequest(token.child("pipeline_source")),
  tenancy: {
    id: "namespace_id",
    stranger: (token, mentioned, names) =>
      and(
        isNoneOf(token.child("namespace_id"), mentioned),
        isNoneOf(token.child("project_id"), mentioned),
        isNoneOf(token.child("namespace_path"), names.map(text)),
      ),
    namesIn: (value) => {
      const path = /^(?:project_path:)?([A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_.-]+)*)\/?/.exec(value)?.[1];
      return path === undefined ? [] : path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
    },
  },
};

const mergeRequest = (source: Parameters<typeof isOneOf>[0]) =>
  isOneOf(source, "merge_request_event", "external_pull_request_event");
