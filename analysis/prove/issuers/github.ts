import { githubActionsIssuer } from "../../../facts/issuers";
import type { Issuer } from "../../access/federation";
import type { ClaimVariable } from "../claim-variable";
import { and, choose, implies, not, or, type Term, text } from "../term";
import { concat, endsWith, startsWith } from "../text-terms";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { digitsOnly, hidden, isNoneOf, isOneOf, plainName, refCharacters, textClaims } from "./text-forms";

/** Events by which a pull request starts a workflow, from a fork too. */
const pullRequestEvents = ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"];

const always = [
  "sub",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "repository_visibility",
  "ref",
  "ref_type",
  "event_name",
  "actor",
  "actor_id",
  "workflow",
  "workflow_ref",
  "job_workflow_ref",
  "sha",
  "run_id",
];

/** Of everyone on github.com. */
const isShared = (issuer: Issuer): boolean =>
  issuer.kind === "oidc" && issuer.issuer.replace(/\/$/, "") === githubActionsIssuer;

/**
 * An enterprise on github.com with an address of its own, one with data residency, and GitHub Enterprise Server.
 * Sources: docs.github.com/enterprise-cloud@latest/rest/actions/oidc, .../enterprise-server@latest/actions/reference/security/oidc.
 */
const ofOneEnterprise =
  /^https:\/\/(?:token\.actions\.githubusercontent\.com\/[^/]+|token\.actions\.[a-z0-9-]+\.ghe\.com|[^/]+\/_services\/token)\/?$/;

/** The repository's name without its owner. */
const name = hidden("name");
/** The workflow's file and the ref that it was taken from. */
const workflowFile = hidden("workflow-file");
/** Whether `sub` has the form with ids, and whether it tells of a pull request in place of the ref. */
const [numbered, withoutRef] = [hidden("numbered"), hidden("without-ref")];

/**
 * A `sub` that a repository's administrators have made up of other claims, some of which they choose at will. What begins
 * with "repo:" is taken to be GitHub's own form: behind it stands the repository.
 */
const [customized, customSubject] = [hidden("customized"), hidden("custom-subject")];

/**
 * Tokens of GitHub Actions. `sub` has one of GitHub's own two forms, or another that begins otherwise. Source: docs.github.com/actions/reference/security/oidc;
 * github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens.
 */
export const github: IssuerKnowledge = {
  title: "GitHub Actions",
  covers: (issuer) => issuer.kind === "oidc" && (isShared(issuer) || ofOneEnterprise.test(issuer.issuer)),
  ofOneTenant: (issuer) => !isShared(issuer),
  claims: () => ({
    forms: textClaims(
      [...always, name, workflowFile, numbered, withoutRef, customized, customSubject],
      ["environment", "base_ref", "head_ref"],
    ),
    alphabets: {
      repository_id: digitsOnly,
      repository_owner_id: digitsOnly,
      actor_id: digitsOnly,
      repository_owner: plainName,
      [name]: plainName,
      ref: refCharacters,
    },
    derived: {
      repository: (token) => concat(token.child("repository_owner").text, text("/"), token.child(name).text),
      workflow_ref: (token) =>
        concat(token.child("repository").text, text("/.github/workflows/"), token.child(workflowFile).text),
      sub: subjectOf,
    },
  }),
  holds: (token) => {
    const looksAt = (claim: string) => token.children.has(claim);
    const facts: Term<"Bool">[] = [];
    if (looksAt("sub")) facts.push(...subjectOfEvent(token));
    if (looksAt("ref")) facts.push(...refOfEvent(token));
    if (looksAt("ref_type")) facts.push(isOneOf(token.child("ref_type"), "branch", "tag"));
    return facts;
  },
  reusable: [
    {
      what: "repository",
      ids: ["repository_id"],
      names: ["repository", name, "job_workflow_ref", customSubject],
      derived: ["sub", "workflow_ref"],
    },
    {
      what: "owner",
      ids: ["repository_owner_id", "repository_id"],
      names: ["repository_owner", "repository", name, "job_workflow_ref", customSubject],
      derived: ["sub", "workflow_ref"],
    },
  ],
  outsiders: (token) =>
    or(
      isOneOf(token.child("event_name"), ...pullRequestEvents),
      startsWith(token.child("ref").text, text("refs/pull/")),
    ),
  tenancy: {
    id: "repository_owner_id",
    stranger: (token, mentioned, names) =>
      and(
        isNoneOf(token.child("repository_owner_id"), mentioned),
        isNoneOf(token.child("repository_owner"), names.map(text)),
      ),
    namesIn: (value) => {
      const owner = /^(?:repo:)?([A-Za-z0-9][A-Za-z0-9-]*)(?:@[0-9]+)?(?:\/|$)/.exec(value)?.[1];
      return owner === undefined ? [] : [owner];
    },
  },
};

function subjectOf(token: ClaimVariable): Term<"String"> {
  const part = (claim: string) => token.child(claim).text;
  const plain = concat(text("repo:"), part("repository"));
  const [owner, repositoryName] = [
    concat(part("repository_owner"), text("@"), part("repository_owner_id")),
    concat(part(name), text("@"), part("repository_id")),
  ];
  const withIds = concat(text("repo:"), owner, text("/"), repositoryName);
  const environment = token.child("environment");
  const of = (repository: Term<"String">) =>
    choose(
      environment.is("text"),
      concat(repository, text(":environment:"), environment.text),
      choose(
        token.child(withoutRef).flag,
        concat(repository, text(":pull_request")),
        concat(repository, text(":ref:"), part("ref")),
      ),
    );
  const own = choose(token.child(numbered).flag, of(withIds), of(plain));
  return choose(token.child(customized).flag, part(customSubject), own);
}

/** Only pull_request itself is documented to leave the ref out; of its kin either is taken for possible. */
function subjectOfEvent(token: ClaimVariable): Term<"Bool">[] {
  const event = token.child("event_name");
  return [
    implies(token.child(customized).flag, not(startsWith(token.child(customSubject).text, text("repo:")))),
    implies(token.child(withoutRef).flag, isOneOf(event, ...pullRequestEvents)),
    implies(isOneOf(event, "pull_request"), token.child(withoutRef).flag),
  ];
}

function refOfEvent(token: ClaimVariable): Term<"Bool">[] {
  const ref = token.child("ref").text;
  const begins = (prefix: string) => startsWith(ref, text(prefix));
  const facts = [or(begins("refs/heads/"), begins("refs/tags/"), begins("refs/pull/"))];
  if (token.children.has("ref_type"))
    facts.push(implies(isOneOf(token.child("ref_type"), "tag"), begins("refs/tags/")));
  if (token.children.has("event_name")) {
    const event = token.child("event_name");
    facts.push(
      implies(isOneOf(event, "pull_request"), and(begins("refs/pull/"), endsWith(ref, text("/merge")))),
      implies(begins("refs/pull/"), isOneOf(event, ...pullRequestEvents)),
      implies(isOneOf(event, "pull_request_target"), not(begins("refs/pull/"))),
    );
  }
  return facts;
}
