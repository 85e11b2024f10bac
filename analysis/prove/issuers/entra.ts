import { entraLoginOrigin } from "../../../facts/entra";
import type { Issuer } from "../../access/federation";
import { implies, type Term } from "../term";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { isNoneOf, isOneOf, textClaims } from "./text-forms";

const texts = ["tid", "oid", "sub", "ver"];
const optionalTexts = [
  "azp",
  "appid",
  "azpacr",
  "appidacr",
  "idtyp",
  "email",
  "preferred_username",
  "upn",
  "unique_name",
  "name",
];
/** Version 2.0 and version 1.0 tokens of one tenant. */
const issuerForm =
  /^https:\/\/(?:login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0|sts\.windows\.net\/([0-9a-f-]{36}))\/?$/;

const tenantOf = (issuer: Issuer): string | undefined => {
  const match = issuer.kind === "oidc" ? issuerForm.exec(issuer.issuer) : null;
  return match?.[1] ?? match?.[2];
};

const versionOf = (issuer: Issuer): string =>
  issuer.kind === "oidc" && issuer.issuer.startsWith(entraLoginOrigin) ? "2.0" : "1.0";

/**
 * Tokens of Entra ID. The issuer names the tenant, and `tid` never names another.
 * Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
 */
export const entra: IssuerKnowledge = {
  title: "Entra",
  covers: (issuer) =>
    issuer.kind === "oidc" &&
    (issuer.issuer.startsWith(`${entraLoginOrigin}/`) || issuer.issuer.startsWith("https://sts.windows.net/")),
  claims: () => ({
    forms: { ...textClaims(texts, optionalTexts), roles: ["absent", "list"], groups: ["absent", "list"] },
    textLists: ["roles", "groups"],
  }),
  holds: (token, issuer) => {
    const facts: Term<"Bool">[] = [];
    const tenant = tenantOf(issuer);
    if (token.children.has("tid") && tenant !== undefined) facts.push(isOneOf(token.child("tid"), tenant));
    if (token.children.has("ver")) facts.push(isOneOf(token.child("ver"), versionOf(issuer)));
    for (const code of ["azpacr", "appidacr"])
      if (token.children.has(code))
        facts.push(implies(token.child(code).is("text"), isOneOf(token.child(code), "0", "1", "2")));
    return facts;
  },
  ofOneTenant: (issuer) => tenantOf(issuer) !== undefined,
  reusable: [
    {
      what: "user name or e-mail address",
      ids: ["oid", "sub"],
      names: ["preferred_username", "upn", "unique_name", "email", "name"],
      derived: [],
    },
  ],
  tenancy: {
    id: "tid",
    stranger: (token, mentioned) => isNoneOf(token.child("tid"), mentioned),
    namesIn: () => [],
  },
};
