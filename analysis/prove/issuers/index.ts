import type { Issuer } from "../../access/federation";
import { aws } from "./aws";
import { entra } from "./entra";
import { github } from "./github";
import { gitlab } from "./gitlab";
import { google } from "./google";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { terraformCloud } from "./terraform-cloud";

export type { IssuerKnowledge, Reusable } from "./issuer-knowledge";

const known: readonly IssuerKnowledge[] = [github, entra, google, gitlab, terraformCloud, aws];

/** Of an issuer of which nothing is known, a token may hold any claims at all. */
const unknownIssuer: IssuerKnowledge = {
  title: "an issuer",
  covers: () => true,
  claims: () => ({}),
  holds: () => [],
  reusable: [],
};

export const knowledgeOf = (issuer: Issuer): IssuerKnowledge =>
  known.find(({ covers }) => covers(issuer)) ?? unknownIssuer;
